//go:build unix

package ipc

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// What is kept of a child's words.
const (
	maxCrash  = 64 << 10
	maxStderr = 8 << 10
)

// A birth is what a child is started with. The files are the caller's to close.
type birth struct {
	role          role
	exec          []string // the program and its arguments, if it is not this one
	env           []string // added to this process's,
	cleanEnv      bool     // or in place of it
	dir           string
	sys           *syscall.SysProcAttr
	stdin, stdout *os.File // nil for none
	stderr        *forwarder
	requests      *os.File   // where it reads calls
	replies       *os.File   // where it writes answers
	more          []*os.File // behind the descriptors that every child has
}

// bear starts a program, this one as a rule, as a child.
func (s *spawner) bear(b birth) (c *child, err error) {
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
	// in makes a pipe that the child writes to, out one that it reads.
	in := func() (r, w *os.File) {
		if err == nil {
			r, w, err = fds.HalfPipe(fds.Reads)
			ours, theirs = append(ours, r), append(theirs, w)
		}
		return r, w
	}
	out := func() (r, w *os.File) {
		if err == nil {
			r, w, err = fds.HalfPipe(fds.Writes)
			ours, theirs = append(ours, w), append(theirs, r)
		}
		return r, w
	}
	lifeR, lifeW := out()
	stderrR, stderrW := in()
	crashR, crashW := in()
	if err != nil {
		return nil, err
	}
	controlOurs, controlTheirs, err := fds.SocketPair("control")
	if err != nil {
		return nil, err
	}
	ours, theirs = append(ours, controlOurs), append(theirs, controlTheirs)
	if b.stdin == nil {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		theirs, b.stdin = append(theirs, null), null
	}
	token := newToken()
	if _, err = controlOurs.Write(token); err != nil {
		return nil, err
	}
	path, args := "", os.Args[:1]
	if len(b.exec) > 0 {
		args = b.exec
		if path, err = exec.LookPath(args[0]); err != nil {
			return nil, err
		}
		if path, err = filepath.Abs(path); err != nil { // not as seen from b.dir
			return nil, err
		}
	}
	process, err := s.spawn(path, args, &os.ProcAttr{
		Dir:   b.dir,
		Env:   environment(b.env, b.cleanEnv, roleEnvironment(token, b.role)),
		Files: append([]*os.File{b.stdin, b.stdout, stderrW, b.requests, b.replies, controlTheirs, lifeR, crashW}, b.more...),
		Sys:   b.sys,
	})
	if err != nil {
		return nil, err
	}
	c = &child{
		pid: process.Pid, born: time.Now(), process: process, socket: controlOurs, life: lifeW,
		crash: excerpt{max: maxCrash}, stderr: excerpt{max: maxStderr, end: true},
		outputs: []*os.File{stderrR, crashR},
		exited:  make(chan struct{}),
		died:    make(chan struct{}),
	}
	c.copied.Go(func() { io.Copy(io.MultiWriter(&c.stderr, &c.fatal, b.stderr.of(c.exited)), stderrR) })
	c.copied.Go(func() { io.Copy(&c.crash, crashR) })
	return c, nil
}

// kill ends the child, even if it has left its group, and every process in the
// group, at once.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The question is for programs that ignore SIGCHLD: there the kernel has reaped it
	// before we know, and the number may be another's.
	if !c.reaped && c.process.Signal(syscall.Signal(0)) != os.ErrProcessDone {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
		_ = syscall.Kill(c.pid, syscall.SIGKILL)
	}
}

// reap waits for the child to end, takes down what it started, and collects its
// output; then it calls gone and closes c.died. It calls ended in between, when
// nobody writes any more.
func (c *child) reap(ended, gone func()) {
	c.state = c.wait()
	close(c.exited) // whoever forwards its output has no more time
	ended()
	for _, f := range c.outputs {
		_ = f.SetReadDeadline(time.Now().Add(outputPatience))
	}
	c.copied.Wait()
	for _, f := range c.outputs {
		f.Close()
	}
	gone()
	close(c.died)
}

// ownGroup returns sys, or what is there without, so that the process leads a group
// of its own. The leader of a session does anyway.
func ownGroup(sys *syscall.SysProcAttr) *syscall.SysProcAttr {
	var own syscall.SysProcAttr
	if sys != nil {
		own = *sys
	}
	own.Setpgid = !own.Setsid
	own.Pgid = 0
	return &own
}
