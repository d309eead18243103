//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

// everything is one object of each kind.
func everything(t *testing.T, m *shm.Memory) map[string]any {
	t.Helper()
	var errs []error
	all := map[string]any{}
	add := func(name string, o any, err error) {
		all[name] = o
		errs = append(errs, err)
	}
	l, err := shm.NewLock(m)
	add("Lock", l, err)
	rl, err := shm.NewRLock(m)
	add("RLock", rl, err)
	add("RLockOwner", rl.Owner(), nil)
	rw, err := shm.NewRWLock(m)
	add("RWLock", rw, err)
	c, err := shm.NewCondition(l)
	add("Condition", c, err)
	e, err := shm.NewEvent(m)
	add("Event", e, err)
	s, err := shm.NewSemaphore(m, 2)
	add("Semaphore", s, err)
	b, err := shm.NewBoundedSemaphore(m, 2)
	add("BoundedSemaphore", b, err)
	bar, err := shm.NewBarrier(m, 2)
	add("Barrier", bar, err)
	q, err := shm.NewQueue[int](m, 2)
	add("Queue", q, err)
	v, err := shm.NewValue(m, 1)
	add("Value", v, err)
	n, err := shm.NewNumber(m, 1)
	add("Number", n, err)
	a, err := shm.NewArray[int](m, 2)
	add("Array", a, err)
	require.NoError(t, errors.Join(errs...))
	return all
}

// quiet are the methods that neither fail nor panic after Close: they look at nothing
// that is shared.
var quiet = []string{
	"Array.Len", "Array.Lock", "Condition.Lock", "Lock.Stats", "RLock.Owner", "RLock.Stats", "RWLock.RLocker",
}

// After Close every method fails with ErrClosed or panics.
func TestMethodsAfterClose(t *testing.T) {
	m := newMemory(t)
	all := everything(t, m)
	require.NoError(t, m.Close())
	for noun, object := range all {
		methods := reflect.TypeOf(object)
		for i := range methods.NumMethod() {
			name := noun + "." + methods.Method(i).Name
			if slices.Contains(quiet, name) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				err := after(reflect.ValueOf(object).Method(i))
				require.Error(t, err)
				if !errors.Is(err, shm.ErrClosed) {
					require.Regexp(t, regexp.MustCompile("^shm: "), err.Error())
				}
			})
		}
	}
}

// after calls a method, and returns its error or the text of its panic.
func after(method reflect.Value) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if failed, ok := p.(error); ok {
				err = failed
			} else {
				err = errors.New(fmt.Sprint(p))
			}
		}
	}()
	ctx := context.Background()
	var in []reflect.Value
	for i := range method.Type().NumIn() {
		switch in = append(in, reflect.Zero(method.Type().In(i))); method.Type().In(i).Kind() {
		case reflect.Interface:
			in[i] = reflect.ValueOf(ctx)
		case reflect.Int:
			in[i] = reflect.ValueOf(1)
		case reflect.Slice:
			in[i] = reflect.ValueOf(make([]int, 1))
		case reflect.Func:
			in[i] = reflect.MakeFunc(method.Type().In(i), func(args []reflect.Value) []reflect.Value {
				if yield, ok := args[0].Interface().(func(int) bool); ok {
					yield(1)
					return nil
				}
				panic("it is called")
			})
		}
	}
	for _, out := range method.Call(in) {
		switch v := out.Interface().(type) {
		case error:
			return v
		case iter.Seq2[int, error]:
			for _, err := range v {
				return err
			}
		case iter.Seq2[int, int]:
			for range v {
			}
		}
	}
	return nil
}

// Close ends every call that waits.
func TestCloseEndsWaits(t *testing.T) {
	m := newMemory(t)
	all := everything(t, m)
	l, rw, cond := all["Lock"].(*shm.Lock), all["RWLock"].(*shm.RWLock), all["Condition"].(*shm.Condition)
	s, b, q := all["Semaphore"].(*shm.Semaphore), all["BoundedSemaphore"].(*shm.BoundedSemaphore), all["Queue"].(*shm.Queue[int])
	held, err := shm.NewLock(m)
	require.NoError(t, err)
	full, err := shm.NewQueue[int](m, 1)
	require.NoError(t, err)
	held.Lock()
	rw.Lock()
	require.True(t, s.TryAcquire(2))
	require.True(t, b.TryAcquire(2))
	require.NoError(t, full.TryPut(1))
	entered := make(chan bool, 1)
	ctx := context.Background()
	calls := map[string]func() error{
		"Lock": func() error { return held.LockContext(ctx) },
		"Do": func() error {
			return all["RLock"].(*shm.RLock).Do(ctx, func(context.Context) error { return held.LockContext(ctx) })
		},
		"RWLock":    func() error { return rw.LockContext(ctx) },
		"RLock":     func() error { return rw.RLockContext(ctx) },
		"Event":     func() error { return all["Event"].(*shm.Event).Wait(ctx) },
		"Semaphore": func() error { return s.Acquire(ctx, 1) },
		"Bounded":   func() error { return b.Acquire(ctx, 1) },
		"Barrier":   func() error { _, err := all["Barrier"].(*shm.Barrier).Wait(ctx); return err },
		"Put":       func() error { return full.Put(ctx, 1) },
		"PutAll":    func() error { _, err := full.PutAll(ctx, []int{1}); return err },
		"Get":       func() error { _, err := q.Get(ctx); return err },
		"Lease":     func() error { _, err := q.Lease(ctx); return err },
		"Join":      func() error { return full.Join(ctx) },
		"Ready":     func() error { <-q.Ready(); return shm.ErrClosed },
		"Condition": func() error {
			l.Lock()
			entered <- true
			return cond.Wait(ctx)
		},
	}
	ended := map[string]<-chan error{}
	for name, call := range calls {
		ended[name] = started(call)
	}
	<-entered
	for _, c := range ended {
		waits(t, c)
	}
	require.NoError(t, m.Close())
	for name, c := range ended {
		require.ErrorIs(t, returned(t, c), shm.ErrClosed, name)
	}
}

// A function that runs with a lock when the memory is closed has done nothing.
func TestClosedMeanwhile(t *testing.T) {
	for name, with := range map[string]func(all map[string]any, f func() error) error{
		"Value": func(all map[string]any, f func() error) error {
			return all["Value"].(*shm.Value[int]).With(context.Background(), func(*int) error { return f() })
		},
		"Array": func(all map[string]any, f func() error) error {
			return all["Array"].(*shm.Array[int]).With(context.Background(), func([]int) error { return f() })
		},
		"Number": func(all map[string]any, f func() error) error {
			return all["Number"].(*shm.Number[int]).With(context.Background(), func(*int) error { return f() })
		},
		"RLock": func(all map[string]any, f func() error) error {
			return all["RLock"].(*shm.RLock).Do(context.Background(), func(context.Context) error { return f() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			require.ErrorIs(t, with(everything(t, m), m.Close), shm.ErrClosed)
			m = newMemory(t)
			require.Equal(t, errEnded, with(everything(t, m), func() error { m.Close(); return errEnded }))
		})
	}
}
