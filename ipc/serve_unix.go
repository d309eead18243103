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

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
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
	s, control := &server{Role: r}, link.NewControl(lines.Control)
	var err error
	s.inbox, err = link.NewInbox(lines.Requests, lines.Replies, lines.Memory, control,
		link.InboxOptions{MaxMessage: r.MaxMessage, Spin: r.Spin, Sealing: !r.NoSharedMemory})
	if err != nil {
		fmt.Fprintln(os.Stderr, "ipc: this process cannot serve:", err)
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
	inbox  link.Inbox
	status int // to exit with after the one call of a process
	at     int // the argument of a chunk that is being run; −1 for none
	labels labels
	room   []byte // for the result to be encoded in

	mu       sync.Mutex
	current  uint64                  // the call being run
	cancel   context.CancelCauseFunc // of the call being run
	canceled uint64                  // the last call that was canceled
	cause    error                   // why
}

// calls serves until the pool lets the worker go, and returns the exit status.
func (s *server) calls() int {
	for {
		f, err := s.inbox.Receive()
		switch {
		case err == io.EOF: // dismissed; what was started here is the pool's to kill
			return 0
		case err == nil && f.Kind == link.KindCall:
			err = s.inbox.Start()
		case err == nil:
			err = link.ErrProtocol
		}
		if err == link.ErrWithdrawn {
			continue
		}
		if err == nil {
			err = s.call(&f)
		}
		switch {
		case err != nil:
			if errors.Is(err, link.ErrProtocol) { // else the pool is gone, or cut off
				fmt.Fprintln(os.Stderr, err)
			}
			return child.ExitBroken
		case s.Once:
			return s.status
		}
	}
}

// call runs one call and answers it. A function that ends the goroutine by
// runtime.Goexit is answered too, and another goroutine goes on with the calls.
func (s *server) call(f *link.Frame) error {
	reply := link.Frame{Kind: link.KindError, Call: f.Call}
	s.at = -1
	returned := false
	defer func() {
		if returned {
			return
		}
		reply.Body = remote.Pack(context.Background(), s.placed(panics.ErrGoexit))
		switch {
		case s.inbox.Reply(&reply) != nil:
			os.Exit(child.ExitBroken)
		case s.Once:
			os.Exit(exitFailed)
		}
		go func() { os.Exit(s.calls()) }()
	}()
	s.room = s.inbox.Room()
	s.run(f, &reply)
	returned = true
	return s.answer(&reply)
}

// placed returns err, with the argument of a chunk that it is of.
func (s *server) placed(err error) error {
	if s.at < 0 {
		return err
	}
	return remote.ItemFailed{Index: s.at, Err: err}
}

// answer sends how a call ended, and what goes with it.
func (s *server) answer(reply *link.Frame) error {
	err := s.inbox.Ship(reply)
	fds.CloseAll(reply.Got) // they are the caller's now
	switch {
	case errors.Is(err, link.ErrCut): // a worker that is cut off is to be found out
		return err
	case err != nil:
		err = fmt.Errorf("ipc: the result cannot travel: %w", err)
		*reply = link.Frame{Kind: link.KindError, Call: reply.Call, Body: remote.Pack(context.Background(), err)}
		s.status = exitFailed
	}
	return s.inbox.Reply(reply)
}

// run runs one call under a ctx with its deadline, which control can cancel, and
// fills in the reply.
func (s *server) run(f, reply *link.Frame) {
	ctx, cancel := context.WithCancelCause(s.labels.set(f.Name))
	defer cancel(nil)
	if f.Deadline != 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, link.Until(f.Deadline))
		defer stop()
	}
	s.mu.Lock()
	s.current, s.cancel = f.Call, cancel
	if s.canceled == f.Call {
		cancel(s.cause) // the cancellation overtook the call: they have a pipe each
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
	}()
	region := trace.StartRegion(ctx, f.Name)
	var out Reply
	var panicked bool
	var err error
	if f.Lost {
		err = fmt.Errorf("ipc: %s: the argument: %w", f.Name, link.ErrLost)
	} else {
		if f.Known > 0 {
			f.Got = make([]*os.File, f.Known)
		}
		out, panicked, err = Call{Func: f.Name, Chunk: f.Chunk, Types: f.Types, In: f.Body, Files: f.Got, ReturnsFiles: true, at: &s.at, room: s.room}.run(ctx, s.MaxMessage)
		reply.Got = out.Files
	}
	region.End()
	if f.Known > 0 && err == errAbsent {
		reply.Kind = link.KindAbsent
		return
	}
	if err != nil {
		reply.Body = remote.Pack(ctx, s.placed(err))
		s.status = exitFailed
		if panicked {
			s.status = exitPanicked
		}
		return
	}
	reply.Kind, reply.Body = link.KindResult, out.Out
}

// control obeys the control socket. Its end means that the pool closed it, or that
// the pool's process is gone, however it went: then nobody waits for an answer
// any more, and nothing that was started here may stay.
func (s *server) control(c *link.Control) {
	for {
		f, rights, err := c.Receive()
		switch {
		case err != nil:
		case f.Kind == link.KindFiles:
			s.inbox.Deliver(&f, rights)
			continue
		case f.Kind == link.KindProfile && len(rights) <= 1:
			if len(rights) == 1 { // else there was no room for it, and the pool sees that it is gone
				go serveProfile(f, rights.Take("profile"))
			}
			continue
		case f.Kind != link.KindCancel || len(rights) != 0:
			err = link.ErrProtocol
		}
		if err != nil {
			_ = syscall.Kill(-os.Getpid(), syscall.SIGKILL) // the whole group, ourselves included
			os.Exit(child.ExitBroken)
		}
		cause := remote.Unpack(context.Background(), f.Name, 0, f.Body)
		s.mu.Lock()
		s.canceled, s.cause = f.Call, cause
		if s.cancel != nil && s.current == f.Call {
			s.cancel(cause)
		}
		s.mu.Unlock()
	}
}
