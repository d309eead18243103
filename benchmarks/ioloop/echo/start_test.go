//go:build linux

package echo_test

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

//go:embed testdata/epoll.c
var epollSource string

// epollProgram compiles testdata/epoll.c, once. The program is a file without a name, so
// that nothing is left.
var epollProgram = sync.OnceValues(func() (*os.File, error) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "epoll-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "epoll")
	build := exec.Command(gcc, "-O2", "-xc", "-o", program, "-")
	build.Stdin = strings.NewReader(epollSource)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w: %s", err, out)
	}
	return os.Open(program)
})

// command returns the program of a server, or why that cannot run here.
func command(name string) (*exec.Cmd, error) {
	switch name {
	case "C-epoll":
		program, err := epollProgram()
		if err != nil {
			return nil, err
		}
		return exec.Command(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), program.Fd())), nil
	case "asyncio", "asyncio-streams":
		python, err := exec.LookPath("python3")
		if err != nil {
			return nil, err
		}
		_, kind, _ := strings.Cut(name, "-")
		return exec.Command(python, "testdata/echo.py", kind), nil
	}
	cmd := pinned.Self(serverRole, name)
	cmd.Env = append(cmd.Env, "GNET_LOGGING_LEVEL=2") // errors: it logs to standard output
	return cmd, nil
}
