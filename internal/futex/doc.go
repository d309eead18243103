// Package futex lets a goroutine sleep on a word of memory until another one,
// also in another process that shares the memory, wakes it. It is for Linux; on
// other systems it is empty.
//
// A sleeper occupies a thread of its own, which the Go runtime adds when it runs
// out of them: this is for a few waiters, and never for one per request.
package futex
