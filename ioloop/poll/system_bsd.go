//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

// system is what this system has, the best first.
var system = []maker{{Kqueue, newKqueue}, {Poll, newPolling}, {Select, newSelecting}}
