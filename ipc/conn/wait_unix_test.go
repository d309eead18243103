//go:build unix

package conn

import (
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConformanceWait(t *testing.T) {
	pipes := func(t *testing.T, n int) (from, to []*Connection, polls []func(context.Context) error) {
		for range n {
			e := connections[0].New(t)
			from, to, polls = append(from, e.from), append(to, e.to), append(polls, e.to.Poll)
		}
		return from, to, polls
	}
	t.Run("_test_multiprocessing/TestWait/test_wait", func(t *testing.T) {
		from, to, polls := pipes(t, 4)
		for i, c := range from {
			require.NoError(t, Send(t.Context(), c, i))
		}
		from[2].Close()
		left, seen := 4, map[int]bool{}
		for left > 0 {
			ready, err := Wait(t.Context(), polls...)
			require.NoError(t, err)
			require.NotEmpty(t, ready)
			for _, i := range ready {
				n, err := Recv[int](t.Context(), to[i])
				if err != nil {
					polls[i] = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
					left--
					continue
				}
				require.Equal(t, i, n)
				seen[n] = true
				from[i].Close()
			}
		}
		require.Len(t, seen, 4)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_timeout", func(t *testing.T) {
		from, _, polls := pipes(t, 2)
		_, err := Wait(shortly(t), polls...)
		require.Equal(t, context.DeadlineExceeded, err)
		require.NoError(t, Send(t.Context(), from[1], 1))
		ready, err := Wait(t.Context(), polls...)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_socket", func(t *testing.T) {
		l := listen(t, Options{})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		ready, err := Wait(t.Context(), c.Poll, l.Poll)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_wait_integer", func(t *testing.T) {
		_, _, polls := pipes(t, 1)
		soon := func(ctx context.Context) error {
			select {
			case <-time.After(10 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		ready, err := Wait(t.Context(), polls[0], soon)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("_test_multiprocessing/TestWait/test_neg_timeout", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
		defer cancel()
		from, _, polls := pipes(t, 1)
		require.NoError(t, Send(t.Context(), from[0], 1))
		_, err := Wait(ctx, polls...)
		require.Equal(t, context.DeadlineExceeded, err, "a ctx that is done takes nothing")
	})
	t.Run("nothing", func(t *testing.T) {
		ready, err := Wait(t.Context())
		require.NoError(t, err)
		require.Empty(t, ready)
		require.PanicsWithValue(t, "conn: Wait: the wait at index 0 is nil", func() { Wait(t.Context(), nil) })
	})
	t.Run("panics and Goexit arrive", func(t *testing.T) {
		_, _, polls := pipes(t, 1)
		func() {
			defer func() {
				pe, ok := recover().(*PanicError)
				require.True(t, ok, "Wait returned")
				require.Equal(t, "at the bell", pe.Value)
			}()
			Wait(t.Context(), polls[0], func(context.Context) error { panic("at the bell") })
		}()
		ended := make(chan bool)
		go func() {
			defer close(ended)
			Wait(t.Context(), polls[0], func(context.Context) error { runtime.Goexit(); return nil })
			ended <- true
		}()
		require.False(t, <-ended, "Wait returned")
	})
	t.Run("failures are over", func(t *testing.T) {
		failing := func(context.Context) error { return io.EOF }
		ready, err := Wait(t.Context(), failing)
		require.NoError(t, err)
		require.Equal(t, []int{0}, ready)
	})
}

// collectSlowly makes each end send ten numbers, some of them while this goroutine waits
// for all ends at once, and leave.
func collectSlowly(t *testing.T, from, to []*Connection) {
	t.Helper()
	const numbers = 10
	var senders sync.WaitGroup
	turns := make([]chan struct{}, len(from))
	for i, c := range from {
		turns[i] = make(chan struct{}, len(from)*(numbers+1))
		senders.Go(func() {
			defer c.Close()
			for n := range numbers {
				<-turns[i]
				assert.NoError(t, Send(t.Context(), c, n))
			}
		})
	}
	got := make([][]int, len(to))
	var open []int // indexes of to
	for i := range to {
		open = append(open, i)
	}
	for turn := 0; len(open) > 0; turn++ {
		turns[open[turn%len(open)]] <- struct{}{}
		var polls []func(context.Context) error
		for _, i := range open {
			polls = append(polls, to[i].Poll)
		}
		ready, err := Wait(t.Context(), polls...)
		require.NoError(t, err)
		var left []int
		for at, i := range open {
			over := false
			for _, r := range ready {
				if r == at {
					n, err := Recv[int](t.Context(), to[i])
					if over = err == io.EOF; !over {
						require.NoError(t, err)
						got[i] = append(got[i], n)
					}
				}
			}
			if !over {
				left = append(left, i)
			}
		}
		open = left
	}
	senders.Wait()
	for i := range got {
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, got[i])
	}
}
