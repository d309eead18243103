//go:build unix

package ipc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// startWorker starts this program again as a worker of p, and returns when it
// is ready to serve. Its files are closed by whoever is the last to need them, as
// those of any worker.
func startWorker(p *Pool) (*worker, error) {
	w, err := launch(p, !p.options.NoSharedMemory)
	if errors.Is(err, errNoRing) {
		w, err = launch(p, false)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	p.adopt(w)
	go w.reap(w.transport.Ended, func() { p.gone(w) })
	begun := time.Now()
	err = w.transport.Hello(p.options.StartTimeout)
	if err == nil {
		if err = p.initialize(w, begun.Add(p.options.StartTimeout)); err != nil {
			w.kill()
			<-w.died
			p.stillborn(w)
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		return w, nil
	}
	w.kill()
	<-w.died
	p.stillborn(w)
	// What became of it is told, not wrapped: no call has died of it.
	told := w.obituary("ipc.Main", err).Error()
	if os.IsTimeout(err) {
		return nil, fmt.Errorf("%w: it did not report within %v; is ipc.Main called first in main? (%s)", ErrStart, p.options.StartTimeout, told)
	}
	return nil, fmt.Errorf("%w: %s", ErrStart, told)
}

// errNoRing says that there is no memory to share with a worker.
var errNoRing = errors.New("ipc: no shared memory")

// launch makes the transport, with shared memory if it is to be a ring and there is
// such a thing, and starts the process.
func launch(p *Pool, ring bool) (w *worker, err error) {
	calls, replyW, err := newPipes(p.options.MaxMessage)
	theirs := []*os.File{replyW}
	var t transport = calls
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
	b := birth{
		role:     role{maxMessage: p.options.MaxMessage, pipes: p.options.NoSharedMemory, limits: p.options.Limits},
		exec:     p.options.Exec,
		env:      p.options.Env,
		cleanEnv: p.options.CleanEnv,
		dir:      p.options.Dir,
		sys:      p.options.Sys,
		stderr:   p.stderr,
		requests: calls.unread, replies: replyW,
	}
	var memory *os.File
	if ring {
		b.role.spin = p.size()+1 < runtime.NumCPU()
		var r transport
		if r, memory, err = newRingPool(calls, b.role.spin); err != nil {
			return nil, errNoRing
		}
		t, b.role.ring, b.more = r, true, []*os.File{memory}
		theirs = append(theirs, memory)
	}
	var stdoutR *os.File
	if file, ok := p.options.Stdout.(*os.File); ok {
		b.stdout = file
	} else if stdoutR, b.stdout, err = fds.HalfPipe(fds.Reads); err != nil {
		return nil, err
	} else {
		theirs = append(theirs, b.stdout)
	}
	c, err := p.spawner.bear(b)
	if err != nil {
		if stdoutR != nil {
			stdoutR.Close()
		}
		return nil, err
	}
	calls.control, calls.sealing = newControl(c.socket), !p.options.NoSharedMemory
	if stdoutR != nil {
		c.copied.Go(func() { io.Copy(p.stdout.of(c.exited), stdoutR) })
		c.outputs = append(c.outputs, stdoutR)
	}
	if ring && reserve(memory) != nil {
		c.kill()
		c.reap(func() {}, func() {})
		c.socket.Close()
		c.life.Close()
		return nil, errNoRing
	}
	return &worker{child: c, control: calls.control, pool: p, transport: t, away: true}, nil
}

// environment returns this process's environment with more, or more only: the last
// value of a key counts, which is not what the system does with duplicates.
func environment(more []string, only bool, role string) []string {
	key := func(s string) string { k, _, _ := strings.Cut(s, "="); return k }
	var list []string
	if !only {
		list = os.Environ()
	}
	list = append(append(list, more...), role)
	last := map[string]int{}
	for i, s := range list {
		last[key(s)] = i
	}
	kept := list[:0]
	for i, s := range list {
		if last[key(s)] == i {
			kept = append(kept, s)
		}
	}
	return kept
}
