//go:build unix

package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/trace"
	"sync"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// serve is a worker's life: it answers calls one after another until the
// pool lets it go, and returns the exit status.
//
// Two goroutines share the work. One, the first of the program, reads a call, runs it
// and answers, all by itself: a call costs no switch. The other watches the control socket: it cancels
// the running call's ctx, and ends the process, whatever that is doing, when the
// pool's process is gone. It waits in the poller, so that a function that
// blocks forever is never taken for a deadlock by the runtime.
func serve(r child.Role) int {
	lines := r.Begin()
	inherited = lines.Inherited
	s, control := &server{Role: r}, newControl(lines.Control)
	var err error
	s.inbox, err = newInbox(lines.Requests, lines.Replies, lines.Memory, control, inboxOptions{r.MaxMessage, r.Spin, !r.NoSharedMemory})
	if err != nil {
		fmt.Fprintln(os.Stderr, "ipc: a worker cannot serve:", err)
		return child.ExitBroken
	}
	go s.control(control)
	return s.calls()
}

// The exit statuses of a process whose function did not succeed.
const (
	exitFailed   = 1
	exitPanicked = 2
)

type server struct {
	child.Role
	inbox  inbox
	status int // to exit with after the one call of a process
	labels labels

	mu       sync.Mutex
	current  uint64                  // the call being run
	cancel   context.CancelCauseFunc // of the call being run
	canceled uint64                  // the last call that was canceled
	cause    error                   // why
}

// calls serves until the pool lets the worker go, and returns the exit status.
func (s *server) calls() int {
	for {
		f, err := s.inbox.receive()
		switch {
		case err == io.EOF: // dismissed; what was started here is the pool's to kill
			return 0
		case err == nil && f.kind == frameCall:
			err = s.inbox.start()
		case err == nil:
			err = errProtocol
		}
		switch {
		case err == errWithdrawn:
		case err != nil || s.call(&f) != nil:
			return child.ExitBroken
		case s.Once:
			return s.status
		}
	}
}

// call runs one call and answers it. A function that ends the goroutine by
// runtime.Goexit is answered too, and another goroutine goes on with the calls.
func (s *server) call(f *frame) error {
	reply := frame{kind: frameError, call: f.call}
	returned := false
	defer func() {
		if returned {
			return
		}
		reply.body = remote.Pack(context.Background(), panics.ErrGoexit)
		switch {
		case s.inbox.reply(&reply) != nil:
			os.Exit(child.ExitBroken)
		case s.Once:
			os.Exit(exitFailed)
		}
		go func() { os.Exit(s.calls()) }()
	}()
	s.run(f, &reply)
	returned = true
	return s.answer(&reply)
}

// answer sends how a call ended, and what goes with it.
func (s *server) answer(reply *frame) error {
	err := s.inbox.ship(reply)
	fds.CloseAll(reply.got) // they are the caller's now
	switch {
	case errors.Is(err, errCut): // a worker that is cut off is to be found out
		return err
	case err != nil:
		err = fmt.Errorf("ipc: the result cannot travel: %w", err)
		*reply = frame{kind: frameError, call: reply.call, body: remote.Pack(context.Background(), err)}
		s.status = exitFailed
	}
	return s.inbox.reply(reply)
}

// run runs one call under a ctx with its deadline, which control can cancel, and
// fills in the reply.
func (s *server) run(f, reply *frame) {
	ctx, cancel := context.WithCancelCause(s.labels.set(f.name))
	defer cancel(nil)
	if f.deadline != 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, time.Unix(0, f.deadline))
		defer stop()
	}
	s.mu.Lock()
	s.current, s.cancel = f.call, cancel
	if s.canceled == f.call {
		cancel(s.cause) // the cancellation overtook the call: they have a pipe each
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
	}()
	region := trace.StartRegion(ctx, f.name)
	var out Reply
	var err error
	if f.lost {
		err = fmt.Errorf("ipc: %s: the argument: %w", f.name, errLostFiles)
	} else {
		out, err = Call{Func: f.name, Chunk: f.chunk, Types: f.types, In: f.body, Files: f.got, ReturnsFiles: true}.run(ctx)
		reply.got = out.Files
	}
	region.End()
	if err == nil && len(out.Out) > s.MaxMessage {
		err = remote.ResultTooLarge(len(out.Out))
	}
	if err != nil {
		fds.CloseAll(reply.got) // of a result that is too large
		reply.got = nil
		reply.body = remote.Pack(ctx, err)
		s.status = exitFailed
		if _, ok := err.(*PanicError); ok {
			s.status = exitPanicked
		}
		return
	}
	reply.kind, reply.body = frameResult, out.Out
}

// control obeys the control socket. Its end means that the pool closed it, or that
// the pool's process is gone, however it went: then nobody waits for an answer
// any more, and nothing that was started here may stay.
func (s *server) control(c *control) {
	for {
		f, rights, err := c.receive(max(maxCause, maxNames))
		switch {
		case err != nil:
		case f.kind == frameFiles:
			s.inbox.deliver(f.call, rights, f.body)
			continue
		case f.kind == frameProfile && len(rights) <= 1:
			if len(rights) == 1 { // else there was no room for it, and the pool sees that it is gone
				go serveProfile(f, rights.Take("profile"))
			}
			continue
		case f.kind != frameCancel || len(rights) != 0:
			err = errProtocol
		}
		if err != nil {
			_ = syscall.Kill(-os.Getpid(), syscall.SIGKILL) // the whole group, ourselves included
			os.Exit(child.ExitBroken)
		}
		cause := remote.Unpack(context.Background(), f.name, 0, f.body)
		s.mu.Lock()
		s.canceled, s.cause = f.call, cause
		if s.cancel != nil && s.current == f.call {
			s.cancel(cause)
		}
		s.mu.Unlock()
	}
}
