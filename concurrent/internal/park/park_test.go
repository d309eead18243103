package park

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1)
		w.Grant()
		require.True(t, w.Wait(t.Context()), "granted before it waits")
		w.Renew()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.False(t, w.Wait(ctx), "no goroutine has granted it")
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			time.AfterFunc(time.Hour, w.Grant)
			start := time.Now()
			require.True(t, w.Wait(ctx))
			require.Equal(t, time.Hour, time.Since(start))
		}
	})
}

func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line Line
		require.Nil(t, line.First())
		require.Nil(t, line.Pop())
		a, b, c := New(1), New(2), New(3)
		line.Push(a)
		line.Push(b)
		line.PushFirst(c)
		require.Equal(t, 3, line.Len())
		require.Same(t, c, line.First())
		require.Same(t, a, line.Behind(c))
		require.Nil(t, line.Behind(b))
		require.Same(t, c, line.Pop())
		require.False(t, line.Remove(c), "it was taken off before")
		line.Push(c)

		woken := make(chan int, 3)
		for _, w := range []*Waiter{a, b, c} {
			go func() {
				if w.Wait(t.Context()) {
					woken <- w.N
				}
			}()
		}
		synctest.Wait()
		require.True(t, line.Remove(b))
		line.GrantAll()
		synctest.Wait()
		require.Len(t, woken, 2)
		require.Zero(t, line.Len())
		b.Grant()
		synctest.Wait()
		require.Len(t, woken, 3)
	})
}

func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("gave up")
		var crowd Crowd
		var mu sync.Mutex
		results := make(chan error, 4)
		wait := func(ctx context.Context) {
			go func() {
				mu.Lock()
				results <- crowd.Wait(ctx, &mu)
			}()
		}
		release := func() {
			mu.Lock()
			defer mu.Unlock()
			crowd.Release()
		}
		release() // there is none
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		wait(ctx)
		require.Equal(t, why, <-results)
		require.Nil(t, crowd.gate, "the last to give up drops the gate")

		ctx, giveUp := context.WithCancelCause(t.Context())
		wait(ctx)
		wait(t.Context())
		wait(t.Context())
		synctest.Wait()
		giveUp(why)
		require.Equal(t, why, <-results)
		synctest.Wait()
		require.Empty(t, results, "the others still wait")
		release()
		require.NoError(t, <-results)
		require.NoError(t, <-results)
	})
}
