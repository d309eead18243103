package ioloop

import (
	"runtime"
	"strings"
)

// goroutine returns the name of the calling goroutine, as stacks show it. It serves to
// find a callback that would wait for its own loop. Nothing else depends on it.
func goroutine() string {
	var b [64]byte
	head := string(b[:runtime.Stack(b[:], false)]) // "goroutine 7 [running]:…"
	name, _, _ := strings.Cut(head, " [")
	return name
}
