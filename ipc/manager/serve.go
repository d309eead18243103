package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
	"github.com/fanfold/fanfold/ipc/manager/internal/server"
	"github.com/fanfold/fanfold/ipc/manager/internal/store"
)

// A serving is what a server process is told.
type serving struct {
	Addr     string
	AuthKey  []byte
	AllowMD5 bool
	Restore  int // bytes of a snapshot, which come by Ready; −1 for none
	Ready    *conn.Connection
}

// Ready is what it answers: where it listens, or why it does not.
type ready struct {
	Addr string
}

var serve = ipc.Func("github.com/fanfold/fanfold/ipc/manager.serve", func(ctx context.Context, in serving) (struct{}, error) {
	defer in.Ready.Close()
	objects, err := received(ctx, in)
	if err != nil {
		return struct{}{}, err
	}
	l, err := listen(Options{Addr: in.Addr, AuthKey: in.AuthKey, AllowMD5: in.AllowMD5})
	if err != nil {
		return struct{}{}, err
	}
	if err := conn.Send(ctx, in.Ready, ready{l.Addr()}); err != nil {
		return struct{}{}, errors.Join(err, l.Close())
	}
	return struct{}{}, server.Serve(ctx, l, server.Options{Store: objects})
})

// received returns the objects that the server begins with.
func received(ctx context.Context, in serving) (*store.Store, error) {
	if in.Restore < 0 {
		return store.New(&registered), nil
	}
	var data []byte
	for len(data) < in.Restore {
		part, err := in.Ready.RecvBytes(ctx)
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
	}
	return store.Restore(data, &registered)
}

// sent sends a snapshot to a server process.
func sent(ctx context.Context, c *conn.Connection, data []byte) error {
	for part := range slices.Chunk(data, 1<<20) {
		if err := c.SendBytes(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func listen(o Options) (*conn.Listener, error) {
	return conn.Listen(o.Addr, conn.Options{AuthKey: o.AuthKey, AllowMD5: o.AllowMD5})
}

// startHere starts a server in this process.
func startHere(_ context.Context, o Options, snapshot []byte) (*served, error) {
	objects := store.New(&registered)
	if o.Restore != nil {
		var err error
		if objects, err = store.Restore(snapshot, &registered); err != nil {
			return nil, err
		}
	}
	l, err := listen(o)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	var failure error
	go func() {
		defer close(over)
		failure = server.Serve(ctx, l, server.Options{Store: objects})
	}()
	return &served{addr: l.Addr(), stop: stop, over: over, why: func() error { return failure }}, nil
}

// startProcess starts a server in a process of its own.
func startProcess(ctx context.Context, o Options, snapshot []byte) (*served, error) {
	ours, theirs, err := conn.Pipe()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	life, stop := context.WithCancel(context.Background())
	given := context.AfterFunc(ctx, stop)
	defer given()
	restores := -1
	if o.Restore != nil {
		restores = len(snapshot)
	}
	p := ipc.NewProcess(serve, serving{o.Addr, o.AuthKey, o.AllowMD5, restores, theirs}, ipc.ProcessOptions{Name: "manager"})
	err = p.Start(life)
	theirs.Close()
	if err != nil {
		stop()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	var at ready
	if err = sent(ctx, ours, snapshot); err == nil {
		at, err = conn.Recv[ready](ctx, ours)
	}
	if err != nil || !given() {
		stop()
		ended := p.Join(context.Background())
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case ended != nil:
			return nil, ended
		}
		return nil, fmt.Errorf("manager: the server has not started: %w", err)
	}
	s := &served{addr: at.Addr, stop: stop, over: p.Done(), pid: p.Pid(), signal: p.Signal}
	s.why = func() error {
		leftoverOf(o, at.Addr)
		return p.Join(context.Background())
	}
	return s, nil
}

// leftoverOf removes the socket of a server that has ended, if its path was made for it.
func leftoverOf(o Options, addr string) {
	if o.Addr == "" {
		leftover(addr)
	}
}
