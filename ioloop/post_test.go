package ioloop_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Posts of one goroutine keep their order, and none is lost.
func TestPost(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{Queue: 10})
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	const goroutines, posts = 4, 2000
	next := [goroutines]int{}
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			for i := range posts {
				l.Post(background, func() {
					if next[g] == i {
						next[g]++
					}
				})
			}
		})
	}
	go func() {
		wait.Wait()
		l.Post(background, l.Stop)
	}()
	require.NoError(t, l.Run(t.Context()))
	require.Equal(t, [goroutines]int{posts, posts, posts, posts}, next)
	require.Equal(t, int64(goroutines*posts+1), l.Stats().Posted)
}

// A full queue makes Post wait, and ctx ends that.
func TestPostIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		called := 0
		for range 3 {
			require.NoError(t, l.Post(t.Context(), func() { called++ }))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.ErrorIs(t, l.Post(ctx, func() { called++ }), context.DeadlineExceeded)
		var accepted atomic.Bool
		go func() {
			err := l.Post(t.Context(), func() { called++; l.Stop() })
			accepted.Store(err == nil)
		}()
		synctest.Wait()
		require.False(t, accepted.Load())
		run(t, l)
		require.True(t, accepted.Load())
		require.Equal(t, 4, called)

		// In a callback it would wait for itself.
		l.Soon(func() {
			for range 3 {
				require.NoError(t, l.Post(background, func() {}))
			}
			require.PanicsWithValue(t, "ioloop: Post by a callback when 3 functions wait for the loop: call Soon", func() { l.Post(background, func() {}) })
			l.Stop()
		})
		run(t, l)

		// Close refuses those that wait.
		done := make(chan error)
		go func() { done <- l.Post(background, func() {}) }()
		synctest.Wait()
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-done, ioloop.ErrClosed)
	}, ioloop.Options{Queue: 3})
}

func TestCall(t *testing.T) {
	failure := errors.New("failure")
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		go l.Run(background)
		n, err := ioloop.Call(t.Context(), l, func() (int, error) { return 3, failure })
		require.Equal(t, 3, n)
		require.ErrorIs(t, err, failure)

		defer func() {
			e, ok := recover().(*ioloop.PanicError)
			require.True(t, ok)
			require.Equal(t, "called", e.Value)
			n, err := ioloop.Call(t.Context(), l, func() (int, error) { return 4, nil })
			require.NoError(t, err, "the loop goes on")
			require.Equal(t, 4, n)
		}()
		ioloop.Call(t.Context(), l, func() (int, error) { panic("called") })
	})
}

// A call that has not begun when its caller gives up is not made.
func TestCallGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ioloop.Call(ctx, l, func() (int, error) { t.Error("called"); return 0, nil })
		require.ErrorIs(t, err, context.DeadlineExceeded, "the loop does not run")
		l.Soon(l.Stop)
		run(t, l)

		// One that runs goes on, and its panic is the loop's.
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		raised := make(chan any)
		go func() {
			defer func() { raised <- recover() }()
			l.Run(background)
		}()
		_, err = ioloop.Call(ctx, l, func() (int, error) { time.Sleep(time.Minute); panic("late") })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		e, ok := (<-raised).(*ioloop.PanicError)
		require.True(t, ok)
		require.Equal(t, "late", e.Value)

		_, err = ioloop.Call(t.Context(), l, func() (int, error) { return 0, nil })
		require.ErrorIs(t, err, ioloop.ErrClosed)
	})
}

func TestCallOfClosedLoop(t *testing.T) {
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		done := make(chan error)
		go func() {
			_, err := ioloop.Call(background, l, func() (int, error) { t.Error("called"); return 0, nil })
			done <- err
		}()
		synctest.Wait()
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-done, ioloop.ErrClosed)
	})
}

func TestDeliver(t *testing.T) {
	failure := errors.New("failure")
	bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
		pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 2})
		defer pool.Close()
		var got []int
		add := func(n int, err error) {
			require.ErrorIs(t, err, failure)
			if got = append(got, n); len(got) == 3 {
				l.Stop()
			}
		}
		for i := range 3 {
			f := concurrent.Submit(t.Context(), pool, i, func(_ context.Context, n int) (int, error) {
				time.Sleep(time.Duration(n) * time.Second)
				return n, failure
			})
			ioloop.Deliver(l, f, add)
		}
		run(t, l)
		require.Equal(t, []int{0, 1, 2}, got)
	})
}
