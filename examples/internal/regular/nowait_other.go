//go:build !unix

package regular

// noWait is nothing: named pipes are not in folders here.
const noWait = 0
