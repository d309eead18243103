package pinned

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// The processors of a server and of its client.
const (
	ServerCPU = 0
	ClientCPU = 1
)

// A Process prints a line when it is ready, and ends when its standard input does.
type Process struct {
	First string // the line

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start starts a process that may use one processor only, and waits for its first line.
func Start(cmd *exec.Cmd, cpu int) (*Process, error) {
	p := &Process{cmd: cmd}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	cmd.Stderr = os.Stderr
	if err := startOn(cmd, cpu); err != nil {
		return nil, err
	}
	if p.First, err = p.line(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cmd, err), p.Close())
	}
	return p, nil
}

// startOn starts cmd in a thread of that processor, which the process inherits.
func startOn(cmd *exec.Cmd, cpu int) error {
	runtime.LockOSThread()
	var before, only unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	only.Set(cpu)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		return fmt.Errorf("processor %d: %w", cpu, err)
	}
	err := errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &before))
	if err == nil {
		runtime.UnlockOSThread() // otherwise the thread ends with the goroutine
	}
	return err
}

// Self returns this program with a variable set.
func Self(key, value string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), key+"="+value)
	return cmd
}

// Pid returns the number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Ask prints the question to the process, and reads its answer, a line of JSON.
func (p *Process) Ask(answer any, question ...any) error {
	if _, err := fmt.Fprintln(p.in, question...); err != nil {
		return err
	}
	line, err := p.line()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(line), answer)
}

func (p *Process) line() (string, error) {
	s, err := p.out.ReadString('\n')
	return strings.TrimSpace(s), err
}

// Close ends the process, and returns its error.
func (p *Process) Close() error {
	p.in.Close()
	return p.cmd.Wait()
}
