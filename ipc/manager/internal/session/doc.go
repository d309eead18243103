// Package session is a client's end of a connection to a manager's server: the calls of
// all goroutines of a process go through one.
//
// A call adds its message to what is to be written. The goroutine that finds nobody
// writing writes, also what others add meanwhile. Then a call waits for its answer. The
// goroutine that finds nobody reading reads, blocking in the kernel, and hands the answers
// of others to them. When it has its own, the goroutine that has waited longest reads on.
// No goroutine of the session's own is needed for that.
package session
