//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/functional"
	caches "github.com/fanfold/fanfold/functional/memo"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// A fate is what becomes of a call.
type fate string

const (
	succeeds     fate = "succeeds"
	fails        fate = "fails"
	blowsUp      fate = "panics"
	callsGoexit  fate = "calls Goexit"
	relaysPanic  fate = "returns the error of a panic"
	relaysGoexit fate = "returns the error of a Goexit"
	exitsAll     fate = "exits"
	isKilled     fate = "is killed"
	hangs        fate = "hangs until its ctx ends"
)

var meets = ipc.Func("meets", meet)

// meet meets its fate, in the process that it runs in.
func meet(ctx context.Context, f fate) (string, error) {
	switch f {
	case fails:
		return "", errCustom
	case blowsUp:
		explode("boom")
	case callsGoexit:
		runtime.Goexit()
	case relaysPanic:
		return "", &ipc.PanicError{Value: "boom", Stack: []byte("of ipc_test.explode")}
	case relaysGoexit:
		return "", ipc.ErrGoexit
	case exitsAll:
		os.Exit(3)
	case isKilled:
		return "", syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case hangs:
		<-ctx.Done()
		return "", context.Cause(ctx)
	}
	return "well", nil
}

// An operator of par or concurrent calls f for each of items, and returns the first
// error.
type operator = func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error

var operators = map[string]operator{
	"par.Map":             mapWith(par.Options{Workers: 2, Chunk: 1}),
	"par.Map, alone":      mapWith(par.Options{Workers: 1}),
	"par.Map, all errors": mapWith(par.Options{Workers: 2, AllErrors: true}),
	"par.MapSeq":          mapSeqWith(par.Options{Workers: 2}),
	"par.MapSeq, alone":   mapSeqWith(par.Options{Workers: 1}),
	"par.ForEach": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		return par.ForEach(ctx, items, func(ctx context.Context, item fate) error { _, err := f(ctx, item); return err }, par.Options{Workers: 2, Chunk: 1})
	},
	"concurrent.Submit": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		defer pool.Close()
		for _, item := range items {
			if _, err := concurrent.Submit(ctx, pool, item, f).Result(context.Background()); err != nil {
				return err
			}
		}
		return nil
	},
	"concurrent.On": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		defer pool.Close()
		_, err := par.Map(ctx, items, concurrent.On(pool, f), par.Options{Workers: 2, Chunk: 1})
		return err
	},
	"concurrent.Then": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		last := concurrent.Go(ctx, func(ctx context.Context) (string, error) { return f(ctx, items[0]) })
		for _, item := range items[1:] {
			last = concurrent.Then(ctx, last, func(ctx context.Context, _ string) (string, error) { return f(ctx, item) })
		}
		_, err := concurrent.Shield(last).Result(context.Background())
		return err
	},
	"concurrent.Staggered": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		_, err := concurrent.Staggered(ctx, 0, func(ctx context.Context) (string, error) { return f(ctx, items[1]) })
		return err
	},
	"concurrent.Scoped": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		return concurrent.Scoped(ctx, func(ctx context.Context, _ *concurrent.Scope) error {
			for _, item := range items {
				if _, err := f(ctx, item); err != nil {
					return err
				}
			}
			return nil
		})
	},
	"concurrent.Generate": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		for _, err := range concurrent.Generate(ctx, func(ctx context.Context, yield func(string) error) error {
			for _, item := range items {
				v, err := f(ctx, item)
				if err == nil {
					err = yield(v)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"memo.Memoize": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		remembered := caches.Memoize(f)
		for _, item := range items {
			if _, err := remembered(ctx, item); err != nil {
				return err
			}
		}
		return nil
	},
	"memo.Once": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		_, err := caches.Once(func(ctx context.Context) (string, error) { return f(ctx, items[1]) })(ctx)
		return err
	},
	"concurrent.Gather": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		var fs []*concurrent.Future[string]
		for _, item := range items {
			fs = append(fs, concurrent.Go(ctx, func(ctx context.Context) (string, error) { return f(ctx, item) }))
		}
		_, err := concurrent.Gather(ctx, fs...)
		return err
	},
	"concurrent.Group": func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		return concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error {
			for _, item := range items {
				g.Go(func(ctx context.Context) error { _, err := f(ctx, item); return err })
			}
			return nil
		})
	},
}

func mapWith(options par.Options) operator {
	return func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		_, err := par.Map(ctx, items, f, options)
		return err
	}
}

func mapSeqWith(options par.Options) operator {
	return func(ctx context.Context, items []fate, f func(context.Context, fate) (string, error)) error {
		for _, err := range par.MapSeq(ctx, slices.Values(items), f, options) {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// A carrying is one way to carry what an operator calls. It runs an operator over
// items; the operator is nil where the carrying has its own.
type carrying struct {
	operators map[string]operator
	run       func(ctx context.Context, pool *ipc.Pool, op operator, items []fate) error
	index     int // which an *IndexError of par names, unless the process is gone
	ends      map[fate]end
}

// carryings is the table. What happens in another process is an error, whatever it is. A
// function that exits or is killed in a goroutine takes the
// program with it, so these two fates have no end there.
var carryings = map[string]carrying{
	"goroutines": {
		operators: operators,
		run: func(ctx context.Context, _ *ipc.Pool, op operator, items []fate) error {
			return op(ctx, items, meet)
		},
		index: 1,
		ends: map[fate]end{
			succeeds:     returnsNil,
			fails:        returnsError,
			blowsUp:      raisesPanic,
			callsGoexit:  endsGoroutine,
			relaysPanic:  returnsPanic,
			relaysGoexit: returnsGoexit,
			hangs:        returnsCause,
		},
	},
	"processes": {
		operators: operators,
		run: func(ctx context.Context, pool *ipc.Pool, op operator, items []fate) error {
			return op(ctx, items, meets.On(pool))
		},
		index: 1,
		ends: map[fate]end{
			succeeds:     returnsNil,
			fails:        returnsError,
			blowsUp:      returnsPanic,
			callsGoexit:  returnsGoexit,
			relaysPanic:  returnsPanic,
			relaysGoexit: returnsGoexit,
			exitsAll:     returnsExit,
			isKilled:     returnsSignal,
			hangs:        returnsCause,
		},
	},
	"chunks": {
		operators: map[string]operator{"par.MapChunks": nil},
		run: func(ctx context.Context, pool *ipc.Pool, _ operator, items []fate) error {
			_, err := par.MapChunks(ctx, items, meets.OnChunks(pool), par.Options{Workers: 2, Chunk: 3})
			return err
		},
		index: 1,
		ends: map[fate]end{
			succeeds:     returnsNil,
			fails:        returnsError,
			blowsUp:      returnsPanic,
			callsGoexit:  returnsGoexit,
			relaysPanic:  returnsPanic,
			relaysGoexit: returnsGoexit,
			exitsAll:     returnsExit,
			isKilled:     returnsSignal,
			hangs:        returnsCause,
		},
	},
}

// An outcome is how a call ended: it returned err, it panicked, or it ended its
// goroutine.
type outcome struct {
	returned bool
	err      error
	panicked any
}

// observed calls f in a goroutine of its own.
func observed(f func() error) (o outcome) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { o.panicked = recover() }()
		o.err = f()
		o.returned = true
	}()
	<-ended
	return o
}

// An end checks an outcome.
type end func(t *testing.T, o outcome)

var errTheEnd = errors.New("the end of ctx")

func returnsNil(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	assert.NoError(t, o.err)
}

func returnsError(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	assert.ErrorIs(t, o.err, errCustom)
}

func returnsCause(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	assert.ErrorIs(t, o.err, errTheEnd)
}

func returnsExit(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	var died *ipc.ProcessDiedError
	require.ErrorAs(t, o.err, &died)
	assert.Equal(t, 3, died.ExitCode)
}

func returnsSignal(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	var died *ipc.ProcessDiedError
	require.ErrorAs(t, o.err, &died)
	assert.Equal(t, syscall.SIGKILL, died.Signal)
}

func returnsPanic(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	var pe *ipc.PanicError
	require.ErrorAs(t, o.err, &pe)
	assert.Equal(t, "boom", pe.Value)
	assert.Contains(t, string(pe.Stack), "ipc_test.explode")
}

func returnsGoexit(t *testing.T, o outcome) {
	require.True(t, o.returned, "%v", o.panicked)
	assert.ErrorIs(t, o.err, ipc.ErrGoexit)
}

func raisesPanic(t *testing.T, o outcome) {
	require.IsType(t, &ipc.PanicError{}, o.panicked, "it returned %v", o.err)
	pe := o.panicked.(*ipc.PanicError)
	assert.Equal(t, "boom", pe.Value)
	assert.Contains(t, string(pe.Stack), "ipc_test.explode")
}

func endsGoroutine(t *testing.T, o outcome) {
	assert.False(t, o.returned, "it returned %v", o.err)
	assert.Nil(t, o.panicked)
}

// What an operator of another room makes of a call that ends badly in the middle of
// others. Whatever it is, the next call finds a worker.
func TestCompose(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	for by, c := range carryings {
		for name, op := range c.operators {
			for f, check := range c.ends {
				t.Run(by+"/"+name+"/"+string(f), func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					if f == hangs {
						time.AfterFunc(10*time.Millisecond, func() { cancel(errTheEnd) })
					}
					o := within(t, func() outcome {
						return observed(func() error { return c.run(ctx, pool, op, []fate{succeeds, f, succeeds}) })
					})
					check(t, o)
					var at *functional.IndexError
					if errors.As(o.err, &at) {
						want := c.index
						if by == "chunks" && (f == exitsAll || f == isKilled) {
							want = 0 // of the chunk
						}
						assert.Equal(t, want, at.Index)
					}
					got, err := meets.On(pool)(t.Context(), succeeds)
					require.NoError(t, err)
					assert.Equal(t, "well", got)
				})
			}
		}
	}
	require.Eventually(t, func() bool { s := pool.Stats(); return s.Waiting == 0 && s.Idle == s.Workers }, 10*time.Second, time.Millisecond)
}
