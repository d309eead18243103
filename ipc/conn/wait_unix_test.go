//go:build unix

package conn

import (
	"context"
	"io"
	"runtime"
	"slices"
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
	sockets := func(t *testing.T, n int) (from, to []*Connection) {
		l := listen(t, Options{})
		for range n {
			a, err := Dial(t.Context(), l.Addr())
			require.NoError(t, err)
			b, err := l.Accept(t.Context())
			require.NoError(t, err)
			t.Cleanup(func() { a.Close(); b.Close() })
			from, to = append(from, a), append(to, b)
		}
		return from, to
	}
	for name, slow := range map[string]bool{"": false, "_slow": true} {
		t.Run("_test_multiprocessing/TestWait/test_wait"+name, func(t *testing.T) {
			from, to, _ := pipes(t, 4)
			collect(t, from, to, slow)
		})
		t.Run("_test_multiprocessing/TestWait/test_wait_socket"+name, func(t *testing.T) {
			from, to := sockets(t, 4)
			collect(t, from, to, slow)
		})
	}
	t.Run("_test_multiprocessing/TestWait/test_wait_timeout", func(t *testing.T) {
		from, _, polls := pipes(t, 2)
		begun := time.Now()
		_, err := Wait(shortly(t), polls...)
		require.Equal(t, context.DeadlineExceeded, err)
		require.GreaterOrEqual(t, time.Since(begun), 50*time.Millisecond)
		require.NoError(t, Send(t.Context(), from[1], 1))
		ready, err := Wait(t.Context(), polls...)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("a listener", func(t *testing.T) {
		l := listen(t, Options{})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		ready, err := Wait(t.Context(), c.Poll, l.Poll)
		require.NoError(t, err)
		require.Equal(t, []int{1}, ready)
	})
	t.Run("what is no connection", func(t *testing.T) {
		// Whatever can be waited for can be waited for beside others.
		from, _, polls := pipes(t, 2)
		ended := make(chan struct{})
		join := func(ctx context.Context) error {
			select {
			case <-ended:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		waits := []func(context.Context) error{polls[0], join, polls[1]}
		time.AfterFunc(10*time.Millisecond, func() { close(ended) })
		for i, want := range [][]int{{1}, {1, 2}, {0, 1, 2}} {
			switch i {
			case 1:
				require.NoError(t, Send(t.Context(), from[1], 1))
			case 2:
				require.NoError(t, Send(t.Context(), from[0], 1))
			}
			require.Eventually(t, func() bool { // one that is over may be in time for another
				ready, err := Wait(t.Context(), waits...)
				return err == nil && slices.Equal(want, ready)
			}, 10*time.Second, time.Millisecond)
		}
	})
	t.Run("_test_multiprocessing/TestWait/test_neg_timeout", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
		defer cancel()
		from, _, polls := pipes(t, 1)
		require.NoError(t, Send(t.Context(), from[0], 1))
		_, err := Wait(ctx, polls...)
		require.Equal(t, context.DeadlineExceeded, err, "a ctx that is done takes nothing")
	})
	t.Run("none starves", func(t *testing.T) {
		from, to, polls := pipes(t, 4)
		turns := make([]int, len(to))
		for _, c := range from {
			require.NoError(t, Send(t.Context(), c, 1))
		}
		for range 100 {
			ready, err := Wait(t.Context(), polls...)
			require.NoError(t, err)
			for _, i := range ready {
				turns[i]++
			}
		}
		require.NotContains(t, turns, 0, "%v", turns)
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

// collect makes each end send ten numbers and leave, and receives them by waiting for all
// ends at once. If it is to be slow, the ends take turns, some of them while it waits.
func collect(t *testing.T, from, to []*Connection, slow bool) {
	t.Helper()
	const numbers = 10
	var senders sync.WaitGroup
	turns := make([]chan struct{}, len(from))
	for i, c := range from {
		turns[i] = make(chan struct{}, len(from)*(numbers+1))
		senders.Go(func() {
			defer c.Close()
			for n := range numbers {
				if slow {
					<-turns[i]
				}
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
		if slow {
			turns[open[turn%len(open)]] <- struct{}{}
		}
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
