//go:build unix

package ioloop

import "syscall"

// nonblock is the flag that keeps the opening of a file from waiting for another process.
const nonblock = syscall.O_NONBLOCK
