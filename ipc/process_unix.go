//go:build unix

package ipc

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	maxCrash  = 64 << 10
	maxStderr = 8 << 10
)

// startWorker starts this program again as a worker of p, and returns when it
// is ready to serve.
func startWorker(p *Pool) (*worker, error) {
	w, err := launch(p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	}
	p.adopt(w)
	defer p.born(w)
	err = w.transport.hello(p.options.StartTimeout)
	if err == nil {
		return w, nil
	}
	w.kill()
	w.reap(func() {})
	w.close()
	// What became of it is told, not wrapped: no call has died of it.
	told := w.obituary("ipc.Main", err).Error()
	if os.IsTimeout(err) {
		return nil, fmt.Errorf("%w: it did not report within %v; is ipc.Main called first in main? (%s)", ErrStart, p.options.StartTimeout, told)
	}
	return nil, fmt.Errorf("%w: %s", ErrStart, told)
}

// launch makes the pipes and starts the process.
func launch(p *Pool) (w *worker, err error) {
	var ours, theirs []*os.File
	calls, replyW, err := newPipes(p.options.MaxMessage)
	var t transport = calls
	var memory *os.File // of the ring
	if err == nil && rings {
		if r, f, err := newRingPool(calls, p.options.Workers); err == nil {
			t, memory = r, f
			theirs = append(theirs, f)
		}
	}
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
		if err != nil {
			for _, f := range ours {
				f.Close()
			}
			t.close()
		}
	}()
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	controlR, controlW := pipe()
	lifeR, lifeW := pipe()
	stderrR, stderrW := pipe()
	crashR, crashW := pipe()
	ours = []*os.File{controlW, lifeW, stderrR, crashR}
	theirs = append(theirs, replyW, controlR, lifeR, stderrW, crashW)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	theirs = append(theirs, null)
	token := newToken()
	if _, err = controlW.Write(token); err != nil {
		return nil, err
	}
	files := []*os.File{null, os.Stdout, stderrW, calls.unread, replyW, controlR, lifeR, crashW}
	if memory != nil {
		files = append(files, memory)
	}
	process, err := p.spawner.spawn(&os.ProcAttr{
		Env:   environment(p.options.Env, roleEnvironment(token, role{maxMessage: p.options.MaxMessage, ring: memory != nil})),
		Files: files,
	})
	if err != nil {
		return nil, err
	}
	w = &worker{
		pool: p, pid: process.Pid, born: time.Now(), process: process,
		transport: t, control: controlW, life: lifeW,
		crash: excerpt{max: maxCrash}, stderr: excerpt{max: maxStderr, end: true},
		outputs: []*os.File{stderrR, crashR},
		exited:  make(chan struct{}),
		died:    make(chan struct{}),
	}
	w.copied.Go(func() { io.Copy(io.MultiWriter(&w.stderr, &w.fatal, p.stderr.of(w.exited)), stderrR) })
	w.copied.Go(func() { io.Copy(&w.crash, crashR) })
	return w, nil
}

// reap waits for the process to end, takes down what it started, collects its
// output, and then calls gone and closes w.died.
func (w *worker) reap(gone func()) {
	w.state = w.wait()
	close(w.exited) // whoever forwards its output has no more time
	w.transport.ended()
	for _, f := range w.outputs {
		_ = f.SetReadDeadline(time.Now().Add(outputPatience))
	}
	w.copied.Wait()
	for _, f := range w.outputs {
		f.Close()
	}
	gone()
	close(w.died)
}

// environment returns this process's environment with more: the last value of a
// key counts, which is not what the system does with duplicates.
func environment(more []string, role string) []string {
	key := func(s string) string { k, _, _ := strings.Cut(s, "="); return k }
	list := append(append(os.Environ(), more...), role)
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

// kill ends the worker, even if it has left its group, and every process in the
// group, at once.
func (w *worker) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reaped {
		_ = syscall.Kill(-w.pid, syscall.SIGKILL)
		_ = syscall.Kill(w.pid, syscall.SIGKILL)
	}
}
