package frame

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Bounds of what a Client has on its way.
const (
	maxCalls = 1024    // calls without an answer
	maxBytes = 4 << 20 // of messages that are not sent
)

// A Client asks a server that answers each message with one message, in the order in which
// they came, as [Serve] does. [NewClient] makes it. Any number of goroutines may call it.
type Client struct {
	conn  *Conn
	calls *semaphore.Weighted
	bytes *semaphore.Weighted
	ended chan struct{} // closed when the goroutine that reads has ended

	mu      sync.Mutex
	waiting []*call // guarded by mu, as what follows: those without an answer, in order
	out     []byte  // frames that wait to be sent
	spare   []byte  // a buffer for the next ones
	weight  int64   // what the frames in out hold of bytes
	sending bool    // a goroutine sends
	broken  error   // nothing more can be sent
	err     error   // for good
}

// A call waits for its answer.
type call struct {
	done   chan struct{}
	answer []byte
	err    error
}

// NewClient returns a client that has c for its own. It starts a goroutine, which ends with
// [Client.Close] or with the connection.
func NewClient(c *Conn) *Client {
	client := &Client{
		conn: c, ended: make(chan struct{}),
		calls: semaphore.NewWeighted(maxCalls), bytes: semaphore.NewWeighted(maxBytes),
	}
	go client.read()
	return client
}

// Call sends a message and returns the answer, which belongs to the caller. Calls of
// several goroutines are pipelined: they are sent without waiting for answers to those
// before, and together when they come together. Call blocks until the answer has come or
// ctx ends, also while 1,024 calls have no answer. Call keeps no part of msg.
//
// When ctx ends Call returns the cause. If the message was sent, its answer is dropped when
// it comes, and other calls go on. An error of the codec, such as [ErrUnfit], sends
// nothing. When the connection ends or the client is closed, calls return an error that
// matches [ErrClosed] and the reason, such as io.EOF.
func (c *Client) Call(ctx context.Context, msg []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	framed, err := c.conn.codec.Append(c.conn.pool.get()[:0], msg)
	if err != nil {
		return nil, err
	}
	defer c.conn.pool.put(framed)
	if c.calls.Acquire(ctx, 1) != nil {
		return nil, context.Cause(ctx)
	}
	weight := min(int64(len(framed)), maxBytes)
	if c.bytes.Acquire(ctx, weight) != nil {
		c.calls.Release(1)
		return nil, context.Cause(ctx)
	}
	k := &call{done: make(chan struct{})}
	if err := c.enqueue(k, framed, weight); err != nil {
		c.bytes.Release(weight)
		c.calls.Release(1)
		return nil, err
	}
	select {
	case <-k.done:
		return k.answer, k.err
	case <-ctx.Done():
	}
	select {
	case <-k.done: // at the same time: success wins
		return k.answer, k.err
	default:
		return nil, context.Cause(ctx)
	}
}

// enqueue puts a call in the line of those that wait, and its frame in that of the bytes.
func (c *Client) enqueue(k *call, framed []byte, weight int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || c.broken != nil {
		return cmp.Or(c.err, c.broken)
	}
	c.waiting = append(c.waiting, k)
	c.out = append(c.out, framed...)
	c.weight += weight
	if !c.sending {
		c.sending = true
		go c.send()
	}
	return nil
}

// send sends the frames that wait, until there are none. It is a goroutine of its own: a
// caller must be able to leave while the system takes nothing.
func (c *Client) send() {
	for {
		c.mu.Lock()
		batch, weight := c.out, c.weight
		if len(batch) == 0 || c.err != nil || c.broken != nil {
			c.sending = false
			c.mu.Unlock()
			return
		}
		c.out, c.spare, c.weight = c.spare[:0], nil, 0
		c.mu.Unlock()
		err := c.conn.sendFramed(batch)
		c.bytes.Release(weight)
		c.mu.Lock()
		if err != nil {
			c.broken = reason(err)
			// What the server has answered before it left may still come.
			c.conn.nc.SetReadDeadline(time.Now().Add(patience))
		}
		if cap(batch) <= c.conn.options.Buffer {
			c.spare = batch[:0]
		}
		c.mu.Unlock()
	}
}

// read hands the answers out.
func (c *Client) read() {
	defer close(c.ended)
	for {
		msg, err := c.conn.Read(context.Background())
		if err != nil {
			c.fail(err)
			return
		}
		k := c.first()
		if k == nil {
			c.fail(ErrUnasked)
			return
		}
		k.answer = bytes.Clone(msg)
		close(k.done)
		c.calls.Release(1)
	}
}

// first takes the call that has waited longest out of the line.
func (c *Client) first() *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return nil
	}
	k := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	return k
}

// fail ends all calls, and those to come.
func (c *Client) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = reason(err)
	}
	waiting := c.waiting
	c.waiting, c.out = nil, nil
	c.bytes.Release(c.weight)
	c.weight = 0
	c.mu.Unlock()
	c.conn.Close()
	for _, k := range waiting {
		k.err = c.err
		close(k.done)
		c.calls.Release(1)
	}
}

// patience is how long answers may still come when nothing can be sent any more.
const patience = 5 * time.Second

// reason returns ErrClosed and its reason.
func reason(err error) error {
	if err == ErrClosed {
		return err
	}
	return fmt.Errorf("%w: %w", ErrClosed, err)
}

// Close closes the connection. Calls without an answer return [ErrClosed]. It blocks until
// the client's goroutine has ended, which is soon. A second Close does nothing.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	<-c.ended
	return nil
}
