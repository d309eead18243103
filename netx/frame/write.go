package frame

import (
	"context"
	"fmt"
)

// Write sends a message, and before it what [Conn.WriteBuffered] has taken. It blocks until
// the system has taken all of it, or ctx ends. Any number of goroutines may call it; their
// messages are not mixed.
//
// An error that is the cause of ctx says that nothing of the message was sent, and the
// connection goes on. If a part was sent, the connection is closed and the error matches
// [ErrCut] as well. A message that the codec refuses costs nothing either: see [ErrUnfit]
// and [*TooLargeError]. Write keeps no part of msg. A Write in place costs no allocation as
// long as ctx stays the same.
func (c *Conn) Write(ctx context.Context, msg []byte) error {
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.writeLock.Unlock()
	before := len(c.out)
	if err := c.add(msg); err != nil {
		return err
	}
	return c.send(ctx, before)
}

// WriteBuffered takes a message to be sent later: by [Conn.Write] or [Conn.Flush], or when
// a [Conn.Read] is about to wait or does so. It sends what it has taken itself when that is
// more than Options.Buffer. So the answers to messages that came together go out together.
// Its errors are those of Write.
func (c *Conn) WriteBuffered(ctx context.Context, msg []byte) error {
	if err := c.lock(ctx); err != nil {
		return err
	}
	err := c.buffer(ctx, msg)
	c.writeLock.Unlock()
	if err != nil {
		return err
	}
	return c.kick(ctx)
}

func (c *Conn) buffer(ctx context.Context, msg []byte) error {
	before := len(c.out)
	if err := c.add(msg); err != nil {
		return err
	}
	if len(c.out) < c.options.Buffer {
		return nil
	}
	return c.send(ctx, before)
}

// Flush sends what [Conn.WriteBuffered] has taken. It blocks until the system has taken all
// of it, or ctx ends. Then the rest is still there, and goes with the next message.
func (c *Conn) Flush(ctx context.Context) error {
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.writeLock.Unlock()
	return c.send(ctx, len(c.out))
}

// lock takes writeLock, if the connection can still be written to.
func (c *Conn) lock(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !c.writeLock.TryLock() { // without a context it is quicker
		if err := c.writeLock.LockContext(ctx); err != nil {
			return err
		}
	}
	if c.writeErr != nil {
		c.writeLock.Unlock()
		return c.writeErr
	}
	return nil
}

// add puts a message behind those that wait.
func (c *Conn) add(msg []byte) error {
	out := c.out
	if out == nil {
		out = c.pool.get()[:0]
	}
	framed, err := c.codec.Append(out, msg)
	if err != nil {
		if c.out == nil {
			c.pool.put(out)
		}
		return err
	}
	if cap(framed) != cap(out) {
		c.pool.put(out)
	}
	c.setOut(framed)
	return nil
}

// setOut sets what waits.
func (c *Conn) setOut(out []byte) {
	if len(out) == 0 && out != nil {
		c.pool.put(out)
		out = nil
	}
	c.out = out
	if some := len(out) > 0; some != c.pending.Load() { // a store is a bus cycle
		c.pending.Store(some)
	}
}

// send writes what waits. If ctx ends meanwhile, the rest stays, up to the first keep bytes.
// What follows these is a message that is given up: if a part of it was sent, the
// connection is closed.
func (c *Conn) send(ctx context.Context, keep int) error {
	if len(c.out) == 0 {
		return nil
	}
	err := c.writeEnd.With(ctx)
	var n int
	if err == nil {
		n, err = c.nc.Write(c.out)
	}
	if err == nil {
		c.setOut(c.out[:0])
		return nil
	}
	ended := interrupted(ctx, err)
	if ended {
		err = context.Cause(ctx)
	}
	if ended && n <= keep {
		c.setOut(c.out[n:keep])
		return err
	}
	if n > 0 {
		err = fmt.Errorf("%w: %w", ErrCut, err)
	}
	c.writeErr = err
	c.setOut(c.out[:0])
	c.Close()
	return err
}

// kick sends what waits to be written if a Read waits. It does not wait for others that
// write: they call it, too, when they have taken something.
func (c *Conn) kick(ctx context.Context) error {
	for c.waiting.Load() && c.pending.Load() && c.writeLock.TryLock() {
		err := c.writeErr
		if err == nil {
			err = c.send(ctx, len(c.out))
		}
		c.writeLock.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// sendFramed sends frames. It blocks until the system has taken them.
func (c *Conn) sendFramed(frames []byte) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	if c.writeErr != nil {
		return c.writeErr
	}
	if err := c.send(context.Background(), len(c.out)); err != nil {
		return err
	}
	_, err := c.nc.Write(frames)
	return err
}
