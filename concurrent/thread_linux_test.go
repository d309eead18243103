package concurrent_test

import "syscall"

// threadID tells the thread that runs the caller from others; nil where it cannot.
func threadID() any { return syscall.Gettid() }
