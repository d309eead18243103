//go:build unix

package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
)

// A processChild is a child that runs one function.
type processChild struct {
	*child.Child
	control *link.Control // cancellations and files
	calls   *link.Pipes
	stdin   *os.File         // written, if there is somebody's reader behind it
	stdout  *child.Forwarder // nil if standard output is a file
	stderr  *child.Forwarder
}

// startProcess starts this program again for one call, calls born with the child, and
// returns when that is ready. When ctx ends before, there is no process.
func startProcess(ctx context.Context, name string, o ProcessOptions, born func(*processChild)) (*processChild, error) {
	c, err := launchProcess(name, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	go c.Reap(c.calls.Ended, func() {
		c.stdin.Close()
		c.stop()
		lastProcess()
	})
	born(c)
	stop := context.AfterFunc(ctx, func() { _ = c.Kill() })
	err = c.calls.Hello(o.StartTimeout)
	going := stop()
	if err == nil && going {
		return c, nil
	}
	_ = c.Kill()
	<-c.Died
	c.close()
	if stays := survived(name, c.End(), context.Cause(ctx)); stays != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, stays)
	}
	if !going {
		return nil, context.Cause(ctx)
	}
	return nil, notServing(nil, err, o.StartTimeout, obituary("ipc.Main", c.End(), err, Limits{}))
}

// launchProcess makes the pipes and starts the process.
func launchProcess(name string, o ProcessOptions) (c *processChild, err error) {
	for i, f := range o.Files { // over there its number would be another file's
		if f.Fd() == ^uintptr(0) {
			return nil, &os.PathError{Op: fmt.Sprintf("hand down Files[%d],", i), Path: f.Name(), Err: os.ErrClosed}
		}
	}
	calls, replyW, err := link.NewPipes(o.MaxMessage)
	theirs := []*os.File{replyW}
	var stdinW *os.File
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
		if err != nil {
			calls.Close()
			stdinW.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	b := child.Birth{
		Role:     child.Role{MaxMessage: o.MaxMessage, Once: true, Name: name, Files: len(o.Files), Limits: child.Limits(o.Limits)},
		Env:      o.Env,
		CleanEnv: o.CleanEnv,
		Dir:      o.Dir,
		Sys:      o.Sys,
		Requests: calls.Requests(), Replies: replyW,
		More: o.Files,
	}
	switch r := o.Stdin.(type) {
	case nil:
	case *os.File:
		b.Stdin = r
	default:
		if b.Stdin, stdinW, err = fds.HalfPipe(fds.Writes); err != nil {
			return nil, err
		}
		theirs = append(theirs, b.Stdin)
	}
	c = &processChild{calls: calls, stdin: stdinW}
	stderr := o.Stderr
	if stderr == nil {
		stderr = os.Stderr
	}
	switch w := o.Stdout.(type) {
	case nil:
		b.Stdout = os.Stdout
	case *os.File:
		b.Stdout = w
	default:
		c.stdout, c.stderr = child.Forwarders(w, stderr)
	}
	if c.stderr == nil {
		c.stderr = child.NewForwarder(stderr)
	}
	b.Out, b.Err = c.stdout, c.stderr
	if c.Child, err = firstProcess().Start(b); err != nil {
		lastProcess()
		c.stop()
		return nil, err
	}
	c.control = link.NewControl(c.Control)
	calls.Attach(c.control, true)
	if stdinW != nil {
		go feed(stdinW, o.Stdin)
	}
	return c, nil
}

// feed passes the user's input on, until the process ends: nothing can end a Read. A
// reader that panics has nothing more to say.
func feed(stdin *os.File, r io.Reader) {
	report := func(caught *panics.Caught) {
		if caught != nil {
			fmt.Fprintf(os.Stderr, "ipc: the reader %T of a process's input, which ends here: %v\n", r, caught.Err())
		}
		stdin.Close()
	}
	report(panics.Try(func() { _, _ = io.Copy(stdin, r) }, report))
}

// stop ends what forwards the child's output.
func (c *processChild) stop() {
	if c.stdout != nil {
		c.stdout.Stop()
	}
	c.stderr.Stop()
}

// All processes are started by one spawner, which is there as long as one of them.
var nursery struct {
	sync.Mutex
	spawner  *child.Spawner
	children int
}

func firstProcess() *child.Spawner {
	nursery.Lock()
	defer nursery.Unlock()
	if nursery.children++; nursery.children == 1 {
		nursery.spawner = child.NewSpawner()
	}
	return nursery.spawner
}

func lastProcess() {
	nursery.Lock()
	defer nursery.Unlock()
	if nursery.children--; nursery.children == 0 {
		nursery.spawner.Stop()
	}
}

// call has the child run its function, and returns how it answered. It reports
// whether the end of ctx killed it.
func (c *processChild) call(ctx context.Context, call Call, o ProcessOptions) (reply link.Frame, killed bool, err error) {
	p := newPassage(ctx, &call)
	over := make(chan struct{})
	var watching sync.WaitGroup
	if ctx.Done() != nil {
		watching.Go(func() { killed = c.watch(ctx, call.Func, o.Grace, over) })
	}
	c.calls.Post(&p, true)
	err = c.calls.Answer(&p)
	if errors.Is(err, link.ErrProtocol) || errors.Is(err, link.ErrUnsent) || errors.Is(err, link.ErrCut) {
		_ = c.Kill() // nothing it says from now on is understood, or it would wait for ever
	}
	if err == nil { // it is about to exit; what it started need not be
		c.calls.Dismiss()
	}
	<-c.Died
	close(over)
	watching.Wait()
	c.close()
	return p.Reply, killed && err != nil, err
}

// watch waits for the end of ctx, tells the child, and kills it if that was not
// enough. It reports whether it did.
func (c *processChild) watch(ctx context.Context, name string, grace time.Duration, over <-chan struct{}) bool {
	select {
	case <-over:
		return false
	case <-ctx.Done():
	}
	if grace > 0 {
		_ = c.control.Cancel(1, name, context.Cause(ctx), grace)
		select {
		case <-over:
			return false
		case <-time.After(grace):
		}
	}
	_ = c.Kill()
	return true
}

// close closes this process's ends of the pipes, when the child is gone.
func (c *processChild) close() {
	c.calls.Close()
	c.control.Close()
	c.Child.Close()
}
