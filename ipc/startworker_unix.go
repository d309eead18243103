//go:build unix

package ipc

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
)

// startWorker starts this program again as a worker of p, and returns when it
// is ready to serve. The scheduler closes its files when it is gone.
func startWorker(p *Pool, s *seat) error {
	w, err := launch(p, !p.options.NoSharedMemory)
	if errors.Is(err, errNoRing) {
		w, err = launch(p, false)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	w.seat = s
	p.sched.Born(s, w)
	go w.Reap(w.Transport.Ended, func() { p.bury(w) })
	begun := time.Now()
	err = w.Transport.Hello(p.options.StartTimeout)
	if err == nil {
		if err = p.initialize(w, begun.Add(p.options.StartTimeout)); err != nil {
			w.Kill()
			<-w.Died
			return fmt.Errorf("%w: %w", ErrStart, err)
		}
		return nil
	}
	w.Kill()
	<-w.Died
	if stays := w.survived("ipc.Main", err); stays != nil {
		return fmt.Errorf("%w: %w", ErrStart, stays)
	}
	return notServing(p.options.Exec, err, p.options.StartTimeout, w.obituary("ipc.Main", err))
}

// notServing returns the error of a process that was started and did not report: err is
// that of its pipes. What became of it is told, not wrapped: no call has died of it.
func notServing(program []string, err error, timeout time.Duration, died *ProcessDiedError) error {
	name := "main"
	if len(program) > 0 {
		name = fmt.Sprintf("the main function of %q", program[0])
	}
	switch {
	case os.IsTimeout(err):
		return fmt.Errorf("%w: it did not report within %v: does %s call ipc.Main first? (%v)", ErrStart, timeout, name, died)
	case died.Protocol == nil && len(died.Crash) == 0 && died.ExitCode >= 0:
		return fmt.Errorf("%w: it ended before it served: does %s call ipc.Main first? (%v)", ErrStart, name, died)
	}
	return fmt.Errorf("%w: %v", ErrStart, died)
}

// reserve is link.Reserve. Tests have it fail.
var reserve = link.Reserve

// errNoRing says that there is no memory to share with a worker.
var errNoRing = errors.New("ipc: no shared memory")

// launch makes the transport, with shared memory if it is to be a ring and there is
// such a thing, and starts the process.
func launch(p *Pool, ring bool) (w *worker, err error) {
	calls, replyW, err := link.NewPipes(p.options.MaxMessage)
	theirs := []*os.File{replyW}
	var t link.Transport = calls
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
		if err != nil {
			t.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	b := child.Birth{
		Role:     child.Role{MaxMessage: p.options.MaxMessage, NoSharedMemory: p.options.NoSharedMemory, Limits: child.Limits(p.options.Limits)},
		Exec:     p.options.Exec,
		Path:     p.program,
		Env:      p.options.Env,
		CleanEnv: p.options.CleanEnv,
		Dir:      p.options.Dir,
		Sys:      p.options.Sys,
		Out:      p.stdout,
		Err:      p.stderr,
		Requests: calls.Requests(), Replies: replyW,
	}
	b.Stdout, _ = p.options.Stdout.(*os.File)
	var memory *os.File
	if ring {
		b.Role.Spin = p.sched.Size()+1 < runtime.NumCPU()
		var r link.Transport
		if r, memory, err = link.NewRing(calls, b.Role.Spin); err != nil {
			return nil, errNoRing
		}
		t, b.Role.Ring, b.More = r, true, []*os.File{memory}
	}
	c, err := p.spawner.Start(b)
	if err != nil {
		return nil, err
	}
	control := link.NewControl(c.Control)
	calls.Attach(control, !p.options.NoSharedMemory)
	if ring && reserve(memory) != nil {
		_ = c.Kill()
		c.Reap(func() {}, func() {})
		control.Close()
		c.Close()
		return nil, errNoRing
	}
	return &worker{Child: c, control: control, pool: p, Transport: t}, nil
}
