package ioloop_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A turn has an order, and what it schedules runs in the next one.
func TestTurn(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
		var log []string
		note := func(s string) func() { return func() { log = append(log, s) } }
		script.Set(5, poll.Readable)
		var w *ioloop.Watch
		var err error
		w, err = l.Watch(5, poll.Readable, func(is poll.Events) {
			require.Equal(t, poll.Readable, is)
			note("event")()
			w.Stop()
			l.Soon(note("soon of the event"))
			l.AfterFunc(0, note("timer of the event"))
		})
		require.NoError(t, err)
		l.AfterFunc(0, func() {
			note("timer")()
			l.Soon(note("soon of the timer"))
		})
		l.Soon(func() {
			note("soon")()
			l.Soon(note("soon of soon"))
			l.Stop()
		})
		require.NoError(t, l.Post(background, note("posted")))
		run(t, l)
		require.Equal(t, []string{"event", "timer", "soon", "posted"}, log)
		require.Equal(t, int64(1), l.Stats().Turns)
		log = nil
		l.Soon(l.Stop)
		run(t, l)
		require.Equal(t, []string{"timer of the event", "soon of the event", "soon of the timer", "soon of soon"}, log)
	})
}

func TestRunEnds(t *testing.T) {
	cause := errors.New("cause")
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour, func() { cancel(cause) })
		require.ErrorIs(t, l.Run(ctx), cause)
		require.ErrorIs(t, l.Run(ctx), cause, "a ctx that is done")

		l.Stop() // before Run: one turn
		turns := 0
		l.Soon(func() { turns++; l.Soon(func() { turns++ }) })
		run(t, l)
		require.Equal(t, 1, turns)

		time.AfterFunc(time.Hour, l.Stop)
		run(t, l)
		require.Equal(t, 2, turns)

		time.AfterFunc(time.Hour, func() { l.Close() })
		require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
		synctest.Wait()
		require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
		require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
		require.ErrorIs(t, l.Post(t.Context(), func() {}), ioloop.ErrClosed)
		require.ErrorIs(t, ioloop.ErrClosed, net.ErrClosed)
	})
}

func TestRunFunction(t *testing.T) {
	failure := errors.New("failure")
	require.ErrorIs(t, ioloop.Run(t.Context(), func(ctx context.Context, l *ioloop.Loop) error {
		n, err := ioloop.Call(ctx, l, func() (int, error) { return 7, nil })
		require.NoError(t, err)
		require.Equal(t, 7, n)
		return failure
	}), failure)

	ctx, cancel := context.WithCancelCause(t.Context())
	require.ErrorIs(t, ioloop.Run(ctx, func(ctx context.Context, l *ioloop.Loop) error {
		cancel(failure)
		<-ctx.Done()
		_, err := ioloop.Call(background, l, func() (int, error) { return 0, nil })
		return errors.Join(err, context.Cause(ctx)) // the loop still runs
	}), failure)

	require.PanicsWithError(t, "main's", func() {
		defer func() {
			if e, ok := recover().(*ioloop.PanicError); ok {
				panic(e.Unwrap())
			}
		}()
		ioloop.Run(t.Context(), func(context.Context, *ioloop.Loop) error { panic(errors.New("main's")) })
	})
	ended := false
	require.Panics(t, func() {
		ioloop.Run(t.Context(), func(ctx context.Context, l *ioloop.Loop) error {
			l.Post(ctx, func() { panic("a callback's") })
			<-ctx.Done()
			ended = true
			return nil
		})
	})
	require.True(t, ended, "Run raises the panic when main has returned")

	exited := make(chan bool)
	go func() {
		defer close(exited)
		ioloop.Run(background, func(context.Context, *ioloop.Loop) error { runtime.Goexit(); return nil })
		exited <- true
	}()
	require.False(t, <-exited, "Goexit of main is Run's")
}

// The callback's panic closes the loop and is raised by Run, with its stack.
func TestPanicEndsRun(t *testing.T) {
	for name, post := range map[string]func(*ioloop.Loop, func()){
		"soon":   func(l *ioloop.Loop, f func()) { l.Soon(f) },
		"timer":  func(l *ioloop.Loop, f func()) { l.AfterFunc(time.Second, f) },
		"posted": func(l *ioloop.Loop, f func()) { l.Post(background, f) },
		"watch": func(l *ioloop.Loop, f func()) {
			l.Watch(1, poll.Readable, func(poll.Events) { f() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
				script.Set(1, poll.Readable)
				post(l, func() { panic("no luck") })
				defer func() {
					e, ok := recover().(*ioloop.PanicError)
					require.True(t, ok)
					require.Equal(t, "no luck", e.Value)
					require.Contains(t, string(e.Stack), "TestPanicEndsRun")
					require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
				}()
				l.Run(t.Context())
			})
		})
	}
}

// With Options.Panic, what the callback belongs to ends, and the rest of the turn goes on.
func TestPanicEndsItsOwner(t *testing.T) {
	var panicked []any
	bubble(t, func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
		var log []string
		for fd := range 4 {
			script.Set(fd, poll.Readable)
			l.Watch(fd, poll.Readable, func(poll.Events) {
				if fd%2 == 0 {
					panic(fd)
				}
				log = append(log, "watch")
			})
		}
		every := l.Every(time.Second, func() { panic("every") })
		l.Soon(func() { panic("soon") })
		l.Soon(func() { log = append(log, "soon") })
		l.Post(background, func() { panic("posted") })
		l.Post(background, func() { log = append(log, "posted"); l.Stop() })
		run(t, l)
		require.ElementsMatch(t, []any{0, 2, "soon", "posted"}, panicked)
		require.Equal(t, []string{"watch", "watch", "soon", "posted"}, log)
		require.Equal(t, 2, l.Stats().Watches)

		panicked = nil
		script.Set(1, 0)
		script.Set(3, 0)
		l.AfterFunc(10*time.Second, l.Stop)
		run(t, l)
		require.Equal(t, []any{"every"}, panicked, "the timer has ended")
		require.False(t, every.Stop())
	}, ioloop.Options{Panic: func(e *ioloop.PanicError) { panicked = append(panicked, e.Value) }})
}

func TestGoexitOfCallback(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Soon(runtime.Goexit)
			l.Run(background)
			t.Error("Run returned")
		}()
		<-ended
		require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
	})
}

func TestMisuse(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		for text, f := range map[string]func(){
			"ioloop: Post of a nil function":                func() { l.Post(background, nil) },
			"ioloop: Soon of a nil function":                func() { l.Soon(nil) },
			"ioloop: AfterFunc of a nil function":           func() { l.AfterFunc(0, nil) },
			"ioloop: Every 0s, want more than 0":            func() { l.Every(0, func() {}) },
			"ioloop: Watch with a nil function":             func() { l.Watch(0, poll.Readable, nil) },
			"ioloop: Options.Queue of -2, want at least -1": func() { ioloop.New(ioloop.Options{Queue: -2}) },
			"ioloop: Options.Slow of -1ns, want at least 0": func() { ioloop.New(ioloop.Options{Slow: -1}) },
		} {
			require.PanicsWithValue(t, text, f)
		}
		// In a callback, what would wait for the loop panics.
		l.Soon(func() {
			require.PanicsWithValue(t, "ioloop: Call by a callback, which would wait for itself", func() {
				ioloop.Call(background, l, func() (int, error) { return 0, nil })
			})
			require.PanicsWithValue(t, "ioloop: Close called by a callback, which Run waits for: call Stop", func() { l.Close() })
			require.Panics(t, func() { l.Run(background) })
			l.Stop()
		})
		run(t, l)
		// Methods for callbacks, while the loop waits.
		go l.Run(background)
		synctest.Wait()
		for _, f := range []func(){
			func() { l.Now() },
			func() { l.Soon(func() {}) },
			func() { l.AfterFunc(0, func() {}) },
			func() { l.Watch(0, poll.Readable, func(poll.Events) {}) },
		} {
			require.Panics(t, f)
		}
		l.Stop()
	})
}

func TestSlowCallback(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		l.Soon(func() { time.Sleep(3 * time.Second) })
		l.Soon(func() { l.Stop() })
		run(t, l)
		require.Equal(t, 3*time.Second, l.Stats().Slowest)
	}, ioloop.Options{Slow: time.Minute})
}
