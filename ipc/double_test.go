//go:build unix

package ipc

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
)

// nobody is a process id that no system gives out.
const nobody = 1 << 30

// A double is a worker without a process. The test holds the other ends of its pipes.
type double struct {
	*worker
	pipes  *link.Pipes
	far    *link.Control // the worker's end of the control socket
	replyW *os.File
	once   sync.Once
}

// die ends the double as a death would.
func (d *double) die() {
	d.once.Do(func() {
		close(d.Exited)
		d.Transport.Ended()
		d.replyW.Close()
		d.pool.sched.Gone(d.seat)
		close(d.Died)
	})
}

// reads waits for a call, takes n bytes of it, and dies.
func (d *double) reads(n int) {
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(d.pipes.Requests().Fd()), Events: unix.POLLIN}}, -1)
	_, _ = io.CopyN(io.Discard, d.pipes.Requests(), int64(n))
	d.die()
}

// newDoubles returns a pool of n doubles, which serve. The pool gets no others.
func newDoubles(t *testing.T, o PoolOptions, n int) (p *Pool, doubles []*double) {
	t.Helper()
	o.Workers, o.Min, o.Idle = n, n, -1
	o.Stdout, o.Stderr = os.Stdout, os.Stderr
	var mu sync.Mutex
	p = newPool(o, func(p *Pool, s *seat) error {
		mu.Lock()
		defer mu.Unlock()
		if len(doubles) == n {
			return errors.New("there are no more doubles")
		}
		d, err := newDouble(p)
		if err != nil {
			return err
		}
		d.seat = s
		doubles = append(doubles, d)
		p.sched.Born(s, d.worker)
		return nil
	})
	require.NoError(t, p.sched.Begin(context.Background()))
	t.Cleanup(func() {
		for _, d := range doubles {
			d.die()
			d.far.Close()
		}
		p.Close()
	})
	require.Eventually(t, func() bool { return p.Stats().Idle == n }, 10*time.Second, time.Millisecond)
	return p, doubles
}

func newDouble(p *Pool) (*double, error) {
	calls, replyW, err := link.NewPipes(p.options.MaxMessage)
	if err != nil {
		return nil, err
	}
	f, g, err := fds.SocketPair("control")
	if err != nil {
		return nil, err
	}
	w := &worker{
		Child: &child.Child{
			Pid: nobody, Exited: make(chan struct{}), Died: make(chan struct{}),
		},
		control: link.NewControl(f), pool: p, Transport: calls,
	}
	return &double{worker: w, pipes: calls, far: link.NewControl(g), replyW: replyW}, nil
}

// enter has a call wait for a worker of p, and waits until it leads.
func enter(t *testing.T, ctx context.Context, p *Pool, call Call) *pending {
	t.Helper()
	c := newPending(ctx, &call)
	require.NoError(t, p.sched.Enter(c))
	require.True(t, p.sched.Await(ctx, c))
	return c
}
