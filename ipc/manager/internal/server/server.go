package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ipc/conn"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/store"
)

const (
	maxClients = 1024
	greeting   = 10 * time.Second // that a client may take for its first message
	sweeping   = 10 * time.Second
)

// Options say how a server serves.
type Options struct {
	Store  *store.Store
	Logger *slog.Logger // for clients that were cut off; nil means slog.Default()

	// Foreign serves a client whose first message is of another protocol, and closes its
	// connection. nil means that there is none.
	Foreign func(ctx context.Context, c *conn.Connection, first []byte)
}

// Serve serves the clients of l until ctx ends. It closes l, and returns when all sessions
// have ended.
func Serve(ctx context.Context, l *conn.Listener, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	ctx, cancel := context.WithCancel(ctx)
	var sessions sync.WaitGroup
	defer o.Store.Wait()
	defer sessions.Wait()
	defer cancel()
	defer l.Close()
	sessions.Go(func() { sweep(ctx, o.Store) })
	places := make(chan struct{}, maxClients)
	for {
		c, err := l.Accept(ctx)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case errors.Is(err, conn.ErrClosed):
			return err
		case err != nil:
			o.Logger.WarnContext(ctx, "manager: a connection was refused", "err", err)
			if !errors.Is(err, conn.ErrAuth) { // no descriptors, for example: others give some back
				pause(ctx, 50*time.Millisecond)
			}
			continue
		}
		select {
		case places <- struct{}{}:
			sessions.Go(func() {
				defer func() { <-places }()
				if err := o.greet(ctx, c); err != nil && ctx.Err() == nil {
					o.Logger.WarnContext(ctx, "manager: a client was cut off", "err", err)
				}
			})
		default:
			o.Logger.WarnContext(ctx, "manager: a connection was refused", "err", fmt.Sprintf("%d clients", maxClients))
			c.Close()
		}
	}
}

// pause waits, at most until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func sweep(ctx context.Context, s *store.Store) {
	tick := time.NewTicker(sweeping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Sweep()
		}
	}
}

// greet tells the protocols apart by the first message of a client, and serves it.
func (o Options) greet(ctx context.Context, c *conn.Connection) error {
	defer c.Close()
	bounded, cancel := context.WithTimeout(ctx, greeting)
	defer cancel()
	first, err := c.RecvBytes(bounded)
	if err != nil {
		return fmt.Errorf("the first message has not come: %w", err)
	}
	pid, ours := bytes.CutPrefix(first, []byte(msg.Hello))
	if !ours {
		if o.Foreign == nil {
			return fmt.Errorf("the first message, %.32q, is of no protocol that is served", first)
		}
		o.Foreign(ctx, c, first)
		return nil
	}
	number, n := binary.Uvarint(pid)
	if n <= 0 || n != len(pid) {
		return fmt.Errorf("%w: %.32q", msg.ErrFrame, first)
	}
	if err := c.SendBytes(bounded, []byte(msg.Welcome)); err != nil {
		return err
	}
	f, err := c.File()
	if err != nil {
		return err
	}
	c.Close()
	return serve(ctx, f, &store.Client{Pid: int(number)}, o.Store)
}
