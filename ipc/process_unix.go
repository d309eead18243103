//go:build unix

package ipc

import (
	"bufio"
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
	_ = w.reply.SetReadDeadline(time.Now().Add(p.options.StartTimeout))
	hello, err := readFrame(w.replies, 0, nil)
	if err == nil && hello.kind == frameHello {
		_ = w.reply.SetReadDeadline(time.Time{})
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
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
		if err != nil {
			for _, f := range ours {
				f.Close()
			}
		}
	}()
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	requestR, requestW, err := requestPipe()
	replyR, replyW := pipe()
	controlR, controlW := pipe()
	lifeR, lifeW := pipe()
	stderrR, stderrW := pipe()
	crashR, crashW := pipe()
	ours = []*os.File{requestR, requestW, replyR, controlW, lifeW, stderrR, crashR}
	theirs = []*os.File{replyW, controlR, lifeR, stderrW, crashW}
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
	process, err := p.spawner.spawn(&os.ProcAttr{
		Env:   environment(p.options.Env, roleEnvironment(token, p.options.MaxMessage)),
		Files: []*os.File{null, os.Stdout, stderrW, requestR, replyW, controlR, lifeR, crashW},
	})
	if err != nil {
		return nil, err
	}
	w = &worker{
		pool: p, pid: process.Pid, born: time.Now(), process: process,
		request: requestW, unread: requestR, reply: replyR, control: controlW, life: lifeW,
		replies: bufio.NewReaderSize(replyR, 16<<10),
		crash:   excerpt{max: maxCrash}, stderr: excerpt{max: maxStderr, end: true},
		outputs: []*os.File{stderrR, crashR},
		exited:  make(chan struct{}),
		died:    make(chan struct{}),
	}
	w.copied.Go(func() { io.Copy(io.MultiWriter(&w.stderr, &w.fatal, p.stderr.of(w)), stderrR) })
	w.copied.Go(func() { io.Copy(&w.crash, crashR) })
	return w, nil
}

// reap waits for the process to end, takes down what it started, collects its
// output, and then calls gone and closes w.died.
func (w *worker) reap(gone func()) {
	w.state = w.wait()
	close(w.exited) // whoever forwards its output has no more time
	// A call may be stuck writing to it: nobody reads that pipe any more. An
	// answer that was given still stands in the other one.
	_ = w.request.SetWriteDeadline(time.Now())
	for _, f := range append(w.outputs, w.reply) {
		_ = f.SetReadDeadline(time.Now().Add(outputPatience))
	}
	w.copied.Wait()
	for _, f := range w.outputs {
		f.Close()
	}
	gone()
	close(w.died)
}

// requestPipe makes the pipe that calls travel in. The pool keeps both ends: it
// writes to one, and looks into the other once the worker is dead. That one
// stays out of the poller, which every write would wake otherwise.
func requestPipe() (r, w *os.File, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	err = syscall.Pipe(fds[:])
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("pipe", err)
	}
	_ = syscall.SetNonblock(fds[1], true)
	return os.NewFile(uintptr(fds[0]), "unread"), os.NewFile(uintptr(fds[1]), "requests"), nil
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

// leftover returns how many bytes of the last call the dead worker never read.
func (w *worker) leftover() (n int) {
	fd := int(w.unread.Fd())
	if syscall.SetNonblock(fd, true) != nil {
		return 0
	}
	buf := make([]byte, 64<<10)
	for {
		m, err := syscall.Read(fd, buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil || m <= 0:
			return n
		}
		n += m
	}
}
