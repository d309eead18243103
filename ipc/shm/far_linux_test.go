//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A far is an object that is used here and in other processes in turn. What a process
// holds it gives back itself.
type far struct {
	crew   *crew
	object any

	mu    sync.Mutex
	holds []*seat // the processes that hold it, some of them several times
}

// in makes a call in a process. It panics if the method does.
func (f *far) in(s *seat, ctx context.Context, o order) (reply, error) {
	o.Object = f.object
	if s == f.crew.here {
		r, err := o.obey(ctx)
		return r, r.error(ctx, err)
	}
	carried := ctx
	if ctx.Err() != nil {
		carried, o.Ended = context.Background(), true
	}
	r, err := ordered.On(s.pool)(carried, o)
	if p, ok := errors.AsType[*ipc.PanicError](err); ok {
		panic(p.Value)
	}
	if call, ok := errors.AsType[*ipc.CallError](err); ok && !call.Started {
		err = context.Cause(ctx)
	}
	return r, r.error(ctx, err)
}

// error returns the error of a call as the method has returned it.
func (r reply) error(ctx context.Context, err error) error {
	switch {
	case r.Caused:
		<-ctx.Done() // a deadline may pass in the other process first
		err = context.Cause(ctx)
	case r.Closed:
		err = shm.ErrClosed
	case r.Bound != nil:
		err = r.Bound
	}
	if r.Unput {
		return &concurrent.PutError[int]{Item: r.N, Err: err}
	}
	return err
}

// any makes a call in whatever process.
func (f *far) any(ctx context.Context, method string, items ...int) (reply, error) {
	s := f.crew.take()
	defer f.crew.giveBack(s)
	return f.in(s, ctx, order{Method: method, Items: items})
}

// now makes a call that returns no error.
func (f *far) now(method string, items ...int) reply {
	r, err := f.any(context.Background(), method, items...)
	if err != nil {
		panic(err)
	}
	return r
}

// hold makes a call in whatever process, which keeps n of what it takes.
func (f *far) hold(ctx context.Context, n int, method string, items ...int) (r reply, err error) {
	s := f.crew.take()
	held := false
	defer func() {
		if !held {
			f.crew.giveBack(s)
		}
	}()
	r, err = f.in(s, ctx, order{Method: method, Items: items})
	if held = err == nil && n > 0 && r.OK; held {
		f.mu.Lock()
		f.holds = append(f.holds, slices.Repeat([]*seat{s}, n)...)
		f.mu.Unlock()
	}
	return r, err
}

// holder returns the process that took last what is not given back yet, and whether it
// has no more. Without one it is any.
func (f *far) holder() (s *seat, last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.holds) - 1
	if n < 0 {
		return f.crew.take(), true
	}
	s, f.holds = f.holds[n], f.holds[:n]
	return s, !slices.Contains(f.holds, s)
}

// drop makes a call, of a method that gives back one of what it holds, where it is held.
func (f *far) drop(method string, items ...int) {
	s, last := f.holder()
	if last {
		defer f.crew.giveBack(s)
	}
	if _, err := f.in(s, context.Background(), order{Method: method, Items: items}); err != nil {
		panic(err)
	}
}

// leave gives back the processes that still hold the object, and those of owners.
func (f *far) leave() {
	for _, s := range f.holds {
		f.crew.giveBack(s)
	}
}
