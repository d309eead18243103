// Package server serves the objects of a store to the connections of a listener: one
// [session] each, which reads messages, has the store carry them out, and writes answers.
//
// A session's goroutine waits for its client in the kernel, blocking, if few do so now,
// and in Go's poller otherwise: the first takes half the time, and a thread. What has come
// is carried out at once, and the answers of all of it go in one write. A client that does
// not read its answers is first not read any more, and later cut off.
package server
