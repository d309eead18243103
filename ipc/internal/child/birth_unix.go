//go:build unix

package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Birth is what a child is started with. The caller closes the files.
type Birth struct {
	Role     Role
	Exec     []string // the program and its arguments; empty means this one
	Path     string   // where the program was found; empty means that it is looked for
	Env      []string // added to this process's environment
	CleanEnv bool     // Env is the whole environment
	Dir      string
	Sys      *syscall.SysProcAttr

	Stdin    *os.File   // nil means nothing to read
	Stdout   *os.File   // nil means Out
	Out      *Forwarder // what gets standard output if Stdout is nil
	Err      *Forwarder // what gets standard error
	Requests *os.File   // where the child reads calls
	Replies  *os.File   // where it writes answers
	More     []*os.File // behind the descriptors that every child has
}

// Find returns the path of a program from the root: what it is called in PATH, or in the
// working directory, may change.
func Find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// Start starts a program as a child, in a process group of its own. It returns when the
// process is there, which says nothing of what that does.
func (s *Spawner) Start(b Birth) (c *Child, err error) {
	var p pair
	defer func() { p.close(err) }()
	lifeR, lifeW := p.pipe(fds.Writes)
	stderrR, stderrW := p.pipe(fds.Reads)
	crashR, crashW := p.pipe(fds.Reads)
	outputs := []*os.File{stderrR, crashR}
	if b.Stdout == nil {
		var stdoutR *os.File
		stdoutR, b.Stdout = p.pipe(fds.Reads)
		outputs = append(outputs, stdoutR)
	}
	control, theirs := p.socket()
	if p.err != nil {
		return nil, p.err
	}
	if b.Stdin == nil {
		if b.Stdin, err = os.Open(os.DevNull); err != nil {
			return nil, err
		}
		p.theirs = append(p.theirs, b.Stdin)
	}
	words, err := newWords(stderrR)
	if err != nil {
		return nil, err
	}
	token := newToken()
	if _, err = control.Write(token); err != nil {
		return nil, err
	}
	path, args := b.Path, os.Args[:1]
	if len(b.Exec) > 0 {
		args = b.Exec
		if path == "" {
			if path, err = Find(args[0]); err != nil {
				return nil, err
			}
		}
	}
	if b.Dir != "" && (b.Sys == nil || b.Sys.Chroot == "") { // else the system does not say that it is this file
		if _, err = os.Stat(b.Dir); err != nil {
			return nil, fmt.Errorf("the working directory: %w", err)
		}
	}
	sys := ownGroup(b.Sys)
	terminal := lendTerminal(b.Stdin, sys)
	process, err := s.spawn(path, args, &os.ProcAttr{
		Dir:   b.Dir,
		Env:   environment(b.Env, b.CleanEnv, raceDetector, b.Role.variable(token)),
		Files: append([]*os.File{b.Stdin, b.Stdout, stderrW, b.Requests, b.Replies, theirs, lifeR, crashW}, b.More...),
		Sys:   sys,
	})
	if err != nil {
		terminal.close()
		return nil, err
	}
	c = &Child{
		Pid: process.Pid, Born: time.Now(), Control: control, Exited: make(chan struct{}), Died: make(chan struct{}),
		process: process, life: lifeW, terminal: terminal, condemned: make(chan struct{}),
		crash: excerpt{max: maxCrash}, words: words, stderr: excerpt{max: maxStderr, end: true},
		outputs: outputs,
	}
	c.copied.Go(func() { io.Copy(io.MultiWriter(&c.stderr, &c.fatal, b.Err.of(c.Exited)), words) })
	c.copied.Go(func() { io.Copy(&c.crash, fds.LateReader(crashR)) })
	if len(outputs) > 2 {
		c.copied.Go(func() { io.Copy(b.Out.of(c.Exited), fds.LateReader(outputs[2])) })
	}
	return c, nil
}

// A pair collects the files of both sides, until there is no child to have them or
// there is one that has.
type pair struct {
	ours, theirs []*os.File
	err          error // the first one
}

// pipe makes a pipe of which the parent uses the end that ours says.
func (p *pair) pipe(ours fds.End) (r, w *os.File) {
	if p.err == nil {
		r, w, p.err = fds.HalfPipe(ours)
		if ours == fds.Reads {
			p.ours, p.theirs = append(p.ours, r), append(p.theirs, w)
		} else {
			p.ours, p.theirs = append(p.ours, w), append(p.theirs, r)
		}
	}
	return r, w
}

// socket makes the control socket.
func (p *pair) socket() (ours, theirs *os.File) {
	if p.err == nil {
		ours, theirs, p.err = fds.SocketPair("control")
		p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
	}
	return ours, theirs
}

// close closes the child's files, which has its own, and the parent's too if there is
// no child.
func (p *pair) close(err error) {
	fds.CloseAll(p.theirs)
	if err != nil {
		fds.CloseAll(p.ours)
	}
}
