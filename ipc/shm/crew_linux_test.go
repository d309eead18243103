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
