package conn

import (
	"context"
	"errors"
	"sync"
)

// Proofs are the connections of a listener that prove that they know its key. They do so
// beside Accept, so that a peer that stays silent holds up no other one.
type proofs struct {
	ctx    context.Context // ends with the listener
	cancel context.CancelCauseFunc
	slots  chan struct{} // taken by connections until they are accepted
	proven chan proof    // has room for all

	mu   sync.Mutex
	wake context.CancelCauseFunc // of the goroutine that waits for the socket; nil if none does
	over bool
	all  sync.WaitGroup
}

// A proof is what came of one: a connection, or an error.
type proof struct {
	c   *Connection
	err error
}

// maxProofs is how many connections may be on their way to one that waits in Accept.
const maxProofs = 64

// errProven wakes the goroutine that waits for the socket.
var errProven = errors.New("conn: a connection has been proven")

func newProofs() *proofs {
	p := &proofs{slots: make(chan struct{}, maxProofs), proven: make(chan proof, maxProofs)}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

// begin has c prove its key. The caller has taken a slot.
func (p *proofs) begin(c *Connection, o Options) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		c.Close()
		return
	}
	p.all.Go(func() {
		c, err := authenticated(p.ctx, c, o, challenge, answer)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.proven <- proof{c, err}
		if p.wake != nil {
			p.wake(errProven)
		}
	})
}

// woken returns a ctx for a wait for the socket. It ends, besides, when a connection is
// proven that nobody has taken. The caller calls stop.
func (p *proofs) woken(ctx context.Context) (_ context.Context, stop func()) {
	ctx, wake := context.WithCancelCause(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake = wake
	if len(p.proven) > 0 {
		wake(errProven)
	}
	return ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wake = nil
		wake(nil)
	}
}

// take blocks until there is a slot for one connection more, which it takes, or a proven
// connection, which it returns.
func (p *proofs) take(ctx context.Context) (done proof, ok bool, err error) {
	if p.ctx.Err() != nil {
		return proof{}, false, errClosed
	}
	select {
	case done = <-p.proven:
		<-p.slots
		return done, true, nil
	default:
	}
	select {
	case done = <-p.proven:
		<-p.slots
		return done, true, nil
	case p.slots <- struct{}{}:
		return proof{}, false, nil
	case <-ctx.Done():
		return proof{}, false, context.Cause(ctx)
	case <-p.ctx.Done():
		return proof{}, false, errClosed
	}
}

// close ends all proofs, and closes what was not accepted.
func (p *proofs) close() {
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.cancel(errClosed)
	p.all.Wait()
	for len(p.proven) > 0 {
		if done := <-p.proven; done.c != nil {
			done.c.Close()
		}
	}
}
