package concurrent_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// The end of a chain of futures is a loop: however long it is, no stack grows with it.
func TestLongChainsEnd(t *testing.T) {
	const links = 50_000
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20)) // more is fatal
	next := func(_ context.Context, v int) (int, error) { return v + 1, nil }
	then := func(f *concurrent.Future[int]) *concurrent.Future[int] { return concurrent.Then(background, f, next) }
	for name, link := range map[string]func(*concurrent.Future[int]) *concurrent.Future[int]{
		"Then":   then,
		"Shield": concurrent.Shield[int],
		"both":   func(f *concurrent.Future[int]) *concurrent.Future[int] { return concurrent.Shield(then(f)) },
	} {
		t.Run(name, func(t *testing.T) {
			chain := func() (*concurrent.Promise[int], *concurrent.Future[int]) {
				p := concurrent.NewPromise[int]()
				f := p.Future()
				for range links {
					f = link(f)
				}
				return p, f
			}
			p, last := chain()
			require.True(t, p.Reject(io.EOF))
			require.Equal(t, io.EOF, last.Err(t.Context()))

			p, last = chain()
			require.True(t, p.Future().Cancel(io.EOF))
			require.ErrorIs(t, last.Err(t.Context()), io.EOF)
			require.Equal(t, concurrent.Canceled, last.State())

			p, last = chain()
			require.True(t, last.Cancel(nil))
			require.True(t, p.Resolve(1))

			if name == "Shield" {
				p, last = chain()
				require.True(t, p.Resolve(1))
				v, err := last.Result(t.Context())
				require.NoError(t, err)
				require.Equal(t, 1, v)
			}
		})
	}
}

// The callbacks of one future are called in their order, those of the futures that end
// with it as well, and each once.
func TestCallbacksBesideChain(t *testing.T) {
	p := concurrent.NewPromise[int]()
	var calls []string
	note := func(f *concurrent.Future[int], name string) { f.OnDone(func() { calls = append(calls, name) }) }
	note(p.Future(), "a1")
	b := concurrent.Shield(p.Future())
	note(p.Future(), "a2")
	c := concurrent.Shield(b)
	note(b, "b1")
	note(c, "c1")
	note(b, "b2")
	note(p.Future(), "a3")
	require.True(t, p.Resolve(1))
	require.Equal(t, []string{"a1", "c1", "b1", "b2", "a2", "a3"}, calls)
}

// What the user made beside the function may panic where a future starts or ends: that
// ends the future as a panic of the function does.
func TestFutureOfBadContextOrError(t *testing.T) {
	badError := &hookedError{is: func() { panic("bad error") }}
	returnsBad := func(ctx context.Context, cancel context.CancelFunc) (int, error) {
		cancel()
		return 0, badError
	}
	for name, start := range map[string]func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int]{
		"Go": func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int] {
			return concurrent.Go(ctx, func(ctx context.Context) (int, error) { return f(ctx, 1) })
		},
		"Submit": func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int] {
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
			go p.Shutdown(background)
			defer synctest.Wait()
			return concurrent.Submit(ctx, p, 1, f)
		},
		"Then": func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int] {
			p := concurrent.NewPromise[int]()
			defer p.Resolve(1)
			return concurrent.Then(ctx, p.Future(), f)
		},
		"Task": func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int] {
			task := concurrent.NewTask(func(ctx context.Context) (int, error) { return f(ctx, 1) })
			task.Start(ctx)
			return task.Future()
		},
		"Spawn": func(ctx context.Context, f func(context.Context, int) (int, error)) *concurrent.Future[int] {
			var spawned *concurrent.Future[int]
			recovered(func() {
				_ = concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error {
					spawned = concurrent.Spawn(g, func(ctx context.Context) (int, error) { return f(ctx, 1) })
					return nil
				})
			})
			return spawned
		},
	} {
		bubble(t, name+", error", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			f := start(ctx, func(ctx context.Context, _ int) (int, error) { return returnsBad(ctx, cancel) })
			synctest.Wait()
			var p *concurrent.PanicError
			require.ErrorAs(t, f.Err(t.Context()), &p)
			require.Equal(t, "bad error", p.Value)
		})
		if name == "Task" || name == "Spawn" {
			continue // ask the context in the caller
		}
		bubble(t, name+", context", func(t *testing.T) {
			var bad atomic.Bool
			ctx := &hookedContext{Context: t.Context(), err: func() {
				if bad.Load() {
					panic("bad context")
				}
			}}
			defer bad.Store(false)
			release := make(chan struct{})
			var f *concurrent.Future[int]
			switch name {
			case "Submit":
				p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
				defer p.Close()
				concurrent.Submit(background, p, release, hold)
				f = concurrent.Submit(ctx, p, 1, square)
			case "Then":
				p := concurrent.NewPromise[int]()
				f = concurrent.Then(ctx, p.Future(), square)
				defer func() { bad.Store(false) }()
				go func() { <-release; p.Resolve(1) }()
			default:
				return
			}
			synctest.Wait()
			bad.Store(true)
			close(release)
			var p *concurrent.PanicError
			require.ErrorAs(t, f.Err(background), &p)
			require.Equal(t, "bad context", p.Value)
		})
	}
	bubble(t, "Group", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		require.Panics(t, func() {
			_ = concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error {
				g.Go(func(context.Context) error { cancel(); return badError })
				return nil
			})
		})
	})
}

// hookedError is an error whose Is calls a function of the test first.
type hookedError struct{ is func() }

func (e *hookedError) Error() string { return "hooked" }
func (e *hookedError) Is(error) bool { e.is(); return false }

// Every callback runs although the others, and the hook, call Goexit.
func TestCallbacksAfterGoexit(t *testing.T) {
	before := concurrent.SetFailureHook(func(concurrent.Failure) { runtime.Goexit() })
	defer func() { concurrent.SetFailureHook(before) }()
	p := concurrent.NewPromise[int]()
	calls := 0
	const n = 2000
	for range n {
		p.Future().OnDone(func() { calls++; runtime.Goexit() })
		p.Future().OnDone(func() { calls++; panic(errors.New("bad callback")) })
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Resolve(1)
		assert.Fail(t, "a Goexit was swallowed")
	}()
	<-over
	require.Equal(t, 2*n, calls)
}
