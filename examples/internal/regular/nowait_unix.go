//go:build unix

package regular

import "syscall"

// noWait makes an open return although no process writes to a named pipe.
const noWait = syscall.O_NONBLOCK
