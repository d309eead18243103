//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// An order is one call of a method of an object, here or in another process.
type order struct {
	Object any
	Owner  int // of an RLock, 0 for a method of the object itself
	Method string
	Ended  bool // its ctx has ended before
	Items  []int
	Batch  bool // Items is one argument
}

// A reply is what the method has returned. Errors that do not travel are spelled out.
type reply struct {
	N      int
	OK     bool // of a method that returns no bool always
	Buf    []int
	Caused bool // the error is the cause of the ctx
	Unput  bool // within a PutError of N
	Closed bool // that is because of ErrClosed
	Bound  *concurrent.BoundError
}

var errEnded = errors.New("the cause")

// endedContext returns a context that has ended, because of errEnded.
func endedContext(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	cancel(errEnded)
	return ctx
}

var ordered = ipc.Func("shm_test.ordered", func(ctx context.Context, o order) (reply, error) { return o.obey(ctx) },
	ipc.FuncOptions{Types: []any{
		(*shm.Lock)(nil), (*shm.RLock)(nil), (*shm.RWLock)(nil), (*shm.Condition)(nil), (*shm.Event)(nil), (*shm.Semaphore)(nil),
		(*shm.BoundedSemaphore)(nil), (*shm.Barrier)(nil), (*shm.Queue[int])(nil),
	}})

// owners are those of this process, by lock and number.
var owners sync.Map

// obey calls the method.
func (o order) obey(ctx context.Context) (r reply, err error) {
	if o.Ended {
		ctx = endedContext(ctx)
	}
	object := o.Object
	if o.Owner != 0 {
		object, _ = owners.LoadOrStore(fmt.Sprintf("%p %d", o.Object, o.Owner), object.(*shm.RLock).Owner())
	}
	method := reflect.ValueOf(object).MethodByName(o.Method)
	var in []reflect.Value
	for in0 := range method.Type().Ins() {
		switch t := in0; {
		case t == reflect.TypeFor[context.Context]():
			in = append(in, reflect.ValueOf(ctx))
		case t.Kind() == reflect.Slice:
			in = append(in, reflect.ValueOf(o.Items))
		case t.Kind() == reflect.Bool:
			in = append(in, reflect.ValueOf(o.Items[0] != 0))
		default:
			in = append(in, reflect.ValueOf(o.Items[0]))
		}
	}
	r.OK = true
	for _, out := range method.Call(in) {
		switch v := out.Interface().(type) {
		case int:
			r.N = v
		case bool:
			r.OK = v
		case error:
			err = v
		}
	}
	if o.Method == "GetMany" {
		r.Buf = o.Items[:r.N]
	}
	if put, ok := errors.AsType[*concurrent.PutError[int]](err); ok {
		r.Unput, r.N, err = true, put.Item, put.Err
		if r.Closed = err == shm.ErrClosed; r.Closed {
			err = nil
		}
	}
	if many, ok := errors.AsType[*concurrent.BoundError](err); ok {
		r.Bound, err = many, nil
	}
	if err != nil && ctx.Err() != nil && err == context.Cause(ctx) {
		r.Caused, err = true, nil
	}
	return r, err
}

// A crew is this process and worker processes, in each of which one call is made at a
// time.
type crew struct {
	mu   sync.Mutex
	idle []*seat
	here *seat
	turn int
}

// A seat is a process.
type seat struct{ pool *ipc.Pool }

func newCrew(t *testing.T) *crew {
	t.Helper()
	c := &crew{here: &seat{}}
	for range 3 {
		c.idle = append(c.idle, &seat{newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: time.Minute}})})
	}
	return c
}

// take returns the processes in turn: after this one a worker that does nothing.
func (c *crew) take() *seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn++; c.turn%2 == 0 || len(c.idle) == 0 {
		return c.here
	}
	s := c.idle[0]
	c.idle = c.idle[1:]
	return s
}

func (c *crew) giveBack(s *seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != c.here && !slices.Contains(c.idle, s) {
		c.idle = append(c.idle, s)
	}
}

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
