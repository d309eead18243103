// Package loop measures the timers and the posted functions of ioloop, and the pollers of
// ioloop/poll.
//
//	go test -bench Timers
//
// The peers are time.AfterFunc and container/heap, a channel of functions, and a bare
// epoll_wait.
package loop
