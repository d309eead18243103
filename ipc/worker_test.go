//go:build unix

package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// How far a worker got with a call decides what the call may hope for.
func TestEndings(t *testing.T) {
	const name = "some name"
	for _, size := range []int{0, 100, 500_000} { // the last is more than a pipe holds
		head := (&link.Frame{}).Size()
		whole := head + len(name) + size
		cases := []struct {
			taken int
			want  sched.End
		}{
			{0, sched.Untouched}, {1, sched.Untouched}, {head, sched.Untouched},
			{head + 1, sched.Unstarted}, {whole - 1, sched.Unstarted}, {whole, sched.Unstarted},
			{whole + 1, sched.Started}, // the ticket, too
		}
		for _, c := range cases {
			t.Run(fmt.Sprintf("%d of %d", c.taken, whole+1), func(t *testing.T) {
				p, doubles := newDoubles(t, PoolOptions{Launch: Launch{MaxMessage: 1 << 20}}, 1)
				go doubles[0].reads(c.taken)
				got := enter(t, context.Background(), p, Call{Func: name, In: make([]byte, size)})
				p.lead(context.Background(), got)
				require.Equal(t, c.want, got.End())
				var tally tally
				err := tally.lost(got, &Call{Func: name})
				require.Equal(t, c.want == sched.Started, errors.Is(err, ErrProcessDied))
				require.Equal(t, err, p.sched.GiveUp(got, err))
			})
		}
	}
	t.Run("ctx has ended", func(t *testing.T) {
		p, doubles := newDoubles(t, PoolOptions{Launch: Launch{Grace: time.Hour, MaxMessage: 1 << 20}}, 1)
		cause := errors.New("no time")
		ctx, cancel := context.WithCancelCause(context.Background())
		go func() {
			_, _ = io.CopyN(io.Discard, doubles[0].pipes.Requests(), 1)
			cancel(cause)
			doubles[0].die()
		}()
		_, err := p.Carry(ctx, Call{Func: name})
		require.ErrorIs(t, err, cause)
		require.Zero(t, p.Stats().Retried, "it must not be tried again")
	})
}

// A call that kills whoever reads it, or meets dead workers only, is tried
// again, whatever it is, but not forever.
func TestLosses(t *testing.T) {
	for taken, limit := range map[int]int{0: maxAbsences, (&link.Frame{}).Size() + 1: maxLosses} {
		t.Run(fmt.Sprintf("dead after %d bytes", taken), func(t *testing.T) {
			p, doubles := newDoubles(t, PoolOptions{Launch: Launch{MaxMessage: 1 << 20}}, limit+1)
			for _, d := range doubles {
				go d.reads(taken)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := p.Carry(ctx, Call{Func: "a name", Attempts: 1})
			var died *ProcessDiedError
			require.ErrorAs(t, err, &died)
			require.ErrorIs(t, err, ErrPoison)
			require.Equal(t, limit, died.Attempts)
			require.EqualValues(t, limit-1, p.Stats().Retried)
			require.Equal(t, 1, p.Stats().Idle)
			workers, _ := p.look()
			require.Len(t, workers, 1)
			workers[0].Dismiss() // let its goroutine go
			<-workers[0].Died
		})
	}
}

// What the end of a call's ctx does, and in what order.
func TestWatch(t *testing.T) {
	cause := errors.New("enough")
	cases := []struct {
		name   string
		grace  time.Duration
		wait   time.Duration // from the end of ctx to the end of the call
		lapse  bool          // ctx ends by its deadline
		told   bool
		killed bool
	}{
		{"heeded", time.Second, time.Second / 2, false, true, false},
		{"not heeded", time.Second, 2 * time.Second, false, true, true},
		{"deadline heeded", time.Second, time.Second / 2, true, false, false},
		{"deadline not heeded", time.Second, 2 * time.Second, true, false, true},
		{"no grace", -1, time.Second, false, false, true},
		{"no grace, deadline", -1, time.Second, true, false, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, doubles := newDoubles(t, PoolOptions{Launch: Launch{Grace: c.grace}}, 1)
				w := doubles[0]
				ctx, cancel := context.WithCancelCause(context.Background())
				defer cancel(nil)
				if c.lapse {
					var stop context.CancelFunc
					ctx, stop = context.WithTimeout(ctx, time.Minute)
					defer stop()
				}
				call := enter(t, ctx, p, Call{Func: "a name"})
				watch := w.watch(ctx, call)
				if !c.lapse {
					cancel(cause)
				}
				<-ctx.Done()
				time.Sleep(c.wait)
				require.Equal(t, c.killed, watch.end())
				require.False(t, watch.ended(w.worker), "as if the news came only now")
				time.Sleep(time.Hour)
				synctest.Wait()
				p.sched.Each(func(s *seat) {
					require.Equal(t, c.killed, s.Phase() == sched.Leaving, "a call that has ended kills no worker")
					require.Equal(t, c.killed, s.Why() == sched.Ctx)
				})
				w.control.Close()
				f, _, err := w.far.Receive()
				w.die()
				p.sched.Lost(call)
				require.ErrorIs(t, p.sched.GiveUp(call, cause), cause)
				if !c.told {
					require.Equal(t, io.EOF, err, "the worker's own clock must do")
					return
				}
				require.NoError(t, err)
				require.Equal(t, link.Frame{Kind: link.KindCancel, Call: 1, Name: "a name", Body: remote.PackCause(cause, 3<<10)}, f)
			})
		})
	}
}

var itsCause = Func("whitebox: its cause", func(ctx context.Context, _ struct{}) (string, error) {
	return fmt.Sprint(context.Cause(ctx)), nil
})

// A cancellation that overtakes its call waits for it; one for another call
// does not concern it.
func TestOvertakingCancel(t *testing.T) {
	in, err := itsCause.forms().in.Append(nil, struct{}{}, wire.Terms{})
	require.NoError(t, err)
	s := &server{Role: child.Role{MaxMessage: 1 << 10}, canceled: 7, cause: errors.New("too soon")}
	for call, want := range map[uint64]string{6: "<nil>", 7: "too soon", 8: "<nil>"} {
		var reply link.Frame
		s.run(&link.Frame{Kind: link.KindCall, Call: call, Name: itsCause.Name(), Body: in}, &reply)
		require.Equal(t, link.KindResult, reply.Kind)
		got, err := itsCause.forms().out.Decode(reply.Body, nil)
		require.NoError(t, err)
		require.Equal(t, want, got, "call %d", call)
	}
}
