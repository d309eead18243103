//go:build linux

package frame_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The processors of a server and of its client.
const (
	serverCPU = 0
	clientCPU = 1
)

// A process prints a line when it is ready, and ends when its standard input does.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	first string // the line
}

// start starts a process that may use one processor only.
func start(cmd *exec.Cmd, cpu int) (*process, error) {
	p := &process{cmd: cmd}
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
	if p.first, err = p.line(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", cmd, err), p.close())
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

// line reads a line.
func (p *process) line() (string, error) {
	s, err := p.out.ReadString('\n')
	return strings.TrimSpace(s), err
}

func (p *process) close() error {
	p.in.Close()
	return p.cmd.Wait()
}

// self returns this program with a variable set.
func self(key, value string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), key+"="+value)
	return cmd
}

// cpuTime returns how many nanoseconds the threads of a process have run.
func cpuTime(pid int) (sum int64, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		ran, _, _ := strings.Cut(string(data), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	if sum == 0 {
		return 0, errors.New("the kernel does not count the time of threads in schedstat")
	}
	return sum, nil
}
