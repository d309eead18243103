//go:build !unix

package ioloop

// nonblock is no flag: here no file waits for another process.
const nonblock = 0
