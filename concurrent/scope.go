package concurrent

import (
	"context"
	"io"
	"sync"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Scope holds releases and calls them in reverse order: Python's
// contextlib.ExitStack and AsyncExitStack. It is for resources whose number is
// known only at run time, and for those that outlive the function that opened them
// ([Scope.Move]). For other resources a defer statement suffices.
//
// The zero value is an empty scope. Several goroutines may use a scope. It must not
// be copied after its first use. A release does not learn how the work ended. A
// release that must know, such as that of a transaction, checks the state that the
// work has left.
type Scope struct {
	mu       sync.Mutex
	releases []func(context.Context) error
	closed   bool
}

// Defer adds release to the functions that [Scope.Close] calls. It does not block.
// A release may call Defer while it runs. Defer panics when release is nil and when
// the scope was closed.
func (s *Scope) Defer(release func(context.Context) error) {
	if release == nil {
		panic("concurrent: Scope.Defer of a nil function")
	}
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.releases = append(s.releases, release)
	}
	s.mu.Unlock()
	if closed {
		panic("concurrent: Scope.Defer on a closed scope")
	}
}

// DeferClose adds c.Close to the functions that [Scope.Close] calls. It panics as
// [Scope.Defer] does, and when c is nil.
func (s *Scope) DeferClose(c io.Closer) {
	if c == nil {
		panic("concurrent: Scope.DeferClose of nil")
	}
	s.Defer(func(context.Context) error { return c.Close() })
}

// Move returns a new scope with all releases of s, for another owner to close, and
// leaves s empty: ExitStack.pop_all. A function that opens several resources defers
// their release in a scope of its own, and moves them out after all were opened.
func (s *Scope) Move() *Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := &Scope{releases: s.releases, closed: s.closed}
	s.releases = nil
	return moved
}

// Close calls all releases of s in the calling goroutine, the last first, and
// returns when they have returned. It calls every release, also after others
// failed. It returns their errors in the order in which they happened, joined by
// errors.Join. A single error is returned as it is. When releases panic, Close
// raises the first panic, as a *[PanicError], after all have run; errors are lost.
// runtime.Goexit is raised in the same way, unless there is a panic.
//
// Releases get ctx without its end (context.WithoutCancel), so that they also work
// after ctx has ended. A release that may block for long should set its own limit.
//
// Another Close calls the releases that were added since. A Close that comes while
// the first one runs shares the remaining releases with it, and then their order is
// not defined.
func (s *Scope) Close(ctx context.Context) error {
	var u unwinding
	u.all(context.WithoutCancel(ctx), s)
	u.first.Raise()
	return joined(u.errs)
}

// An unwinding is one Close at work.
type unwinding struct {
	errs  []error
	first *panics.Caught // the first panic, or else the Goexit
}

// all runs the releases of s. Where one calls Goexit the goroutine ends; the ones
// below it run while it does.
func (u *unwinding) all(ctx context.Context, s *Scope) {
	for {
		release := s.pop()
		if release == nil {
			return
		}
		var err error
		exit := func(caught *panics.Caught) {
			u.first = u.first.Or(caught)
			u.all(ctx, s)
			u.first.RaisePanic()
		}
		caught := panics.Try(func() { err = release(ctx) }, exit)
		u.first = u.first.Or(caught)
		if caught == nil && err != nil {
			u.errs = append(u.errs, err)
		}
	}
}

// pop takes the last release. When there is none left the scope is closed.
func (s *Scope) pop() func(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.releases) - 1
	if last < 0 {
		s.closed = true
		return nil
	}
	release := s.releases[last]
	s.releases[last] = nil
	s.releases = s.releases[:last]
	return release
}

// Scoped calls body with a new scope and closes the scope when body ends, in
// whatever way: Python's "with ExitStack() as stack". It returns the error of body
// joined with the errors of the releases, body's first.
//
// When body panics, Scoped closes the scope and raises the panic as a *[PanicError]
// with the stack of body. Errors are lost then. When body calls Goexit, Scoped ends
// the caller's goroutine. Of two panics the first is raised.
//
// When ctx is done on entry, Scoped calls nothing and returns the cause. Scoped
// panics when body is nil.
func Scoped(ctx context.Context, body func(context.Context, *Scope) error) error {
	if body == nil {
		panic("concurrent: Scoped of a nil function")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// As the first thing to be released, body gets the treatment it needs: what it
	// defers is released next, its error comes first, its panic is raised last.
	var s Scope
	s.Defer(func(context.Context) error { return body(ctx, &s) })
	return s.Close(ctx)
}
