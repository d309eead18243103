//go:build solaris

package poll

// system is what this system has, the best first. Event ports and pollset could serve
// here: nobody has asked for them yet.
var system = []maker{{Poll, newPolling}, {Select, newSelecting}}
