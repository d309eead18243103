// Package behave runs one table of behaviours over several backends that must
// not differ: a function on the loop, on goroutines and on processes; a lock
// between goroutines and between processes; a loop over select, poll, epoll.
package behave

import "testing"

// A Backend makes the thing under test, T, for one test. New may skip the test,
// with the reason, where the machine lacks what the backend needs, and it
// registers its own clean-up.
type Backend[T any] struct {
	Name string
	New  func(t *testing.T) T
}

// A Behaviour is one thing every backend must do.
type Behaviour[T any] struct {
	Name  string
	Check func(t *testing.T, subject T)
}

// Over checks every behaviour on every backend, each with a fresh subject, as
// the sub-test backend/behaviour.
func Over[T any](t *testing.T, backends []Backend[T], behaviours []Behaviour[T]) {
	t.Helper()
	for _, backend := range backends {
		t.Run(backend.Name, func(t *testing.T) {
			for _, b := range behaviours {
				t.Run(b.Name, func(t *testing.T) { b.Check(t, backend.New(t)) })
			}
		})
	}
}
