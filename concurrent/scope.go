package concurrent

import (
	"context"
	"io"
	"sync"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Scope holds what has to be released, and releases it in reverse order: Python's
// contextlib.ExitStack and AsyncExitStack. It is for resources whose number is known
// only at run time, or that outlive the function that opened them ([Scope.Move]);
// where neither is so, a defer statement is all it takes.
//
// The zero value is an empty scope. It may be used by several goroutines, and must
// not be copied after first use. A release does not learn how the work ended: one
// that must know, like that of a transaction, looks at what the work left behind.
type Scope struct {
	mu       sync.Mutex
	releases []func(context.Context) error
	closed   bool
}

// Defer has [Scope.Close] call release. It does not block, and panics when release is
// nil or the scope was closed. A release that is running may still call it.
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

// DeferClose has [Scope.Close] call c.Close. It panics as [Scope.Defer] does.
func (s *Scope) DeferClose(c io.Closer) {
	if c == nil {
		panic("concurrent: Scope.DeferClose of nil")
	}
	s.Defer(func(context.Context) error { return c.Close() })
}

// Move returns a new scope with all that s holds, for another owner to close, and
// leaves s empty: ExitStack.pop_all. A function that opens several things opens them
// in a scope of its own and moves them out when all has gone well.
func (s *Scope) Move() *Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := &Scope{releases: s.releases, closed: s.closed}
	s.releases = nil
	return moved
}

// Close releases all that s holds, the last first, in the calling goroutine, and
// returns when that is done. Every release runs, also after others failed; their
// errors are returned together, by errors.Join in the order they happened, one alone
// as it is. When releases panic the first panic is raised in the caller, as a
// *[PanicError], after all have run, and errors are lost; so it is with
// runtime.Goexit, unless there is a panic to raise.
//
// Releases get ctx without its end (context.WithoutCancel): what has to be released
// because ctx has ended is released all the same. One that may wait for long bounds
// itself. A second Close releases what was added since; one that comes while the
// first runs shares the rest with it, and then nothing is said about the order.
func (s *Scope) Close(ctx context.Context) error {
	var u unwinding
	u.all(context.WithoutCancel(ctx), s)
	panics.Raise(u.first)
	return joined(u.errs)
}

// An unwinding is one Close at work.
type unwinding struct {
	errs  []error
	first error // the first panic, or else the Goexit
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
		exit := func(fatal error) {
			u.note(fatal)
			u.all(ctx, s)
			if u.first != ErrGoexit {
				panics.Raise(u.first)
			}
		}
		if fatal := panics.Try(func() { err = release(ctx) }, exit); fatal != nil {
			err = fatal
		}
		u.note(err)
	}
}

// note keeps what came of a release.
func (u *unwinding) note(err error) {
	switch {
	case err == nil:
	case !fatal(err):
		u.errs = append(u.errs, err)
	case u.first == nil || u.first == ErrGoexit:
		u.first = err
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

// Scoped calls body with a new scope and closes the scope when body is done, however
// it ends: Python's "with ExitStack() as stack". It returns body's error joined with
// those of the releases, body's first. When body panics the scope is closed, errors
// of releases are lost, and the panic is raised as a *[PanicError] that carries
// body's stack; the same goes for Goexit, which ends the caller's goroutine. Of two
// panics the first is raised.
//
// A ctx that is done on entry calls nothing and returns its cause. Scoped panics when
// body is nil.
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
