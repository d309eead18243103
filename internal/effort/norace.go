//go:build !race

package effort

// Race reports whether the race detector is on, which allocates and makes everything
// slower.
const Race = false
