//go:build linux

package echo_test

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

//go:embed testdata/*.c testdata/*.h
var sources embed.FS

// loopsInC are the loops in C, with the libraries that they need.
var loopsInC = map[string][]string{
	"C-epoll":    nil,
	"C-io_uring": {"-luring"},
	"C-libuv":    {"-luv"},
	"C-libevent": {"-levent"},
}

var (
	compiling sync.Mutex
	compiled  = map[string]*os.File{}
)

// compile compiles testdata/NAME.c for C-NAME, once. The program is a file without a name,
// so that nothing is left.
func compile(name string) (*os.File, error) {
	compiling.Lock()
	defer compiling.Unlock()
	if compiled[name] != nil {
		return compiled[name], nil
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "echo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "program")
	source := filepath.Join(dir, "testdata", strings.TrimPrefix(name, "C-")+".c")
	args := append([]string{"-O2", "-o", program, source}, loopsInC[name]...)
	if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w: %s", err, out)
	}
	compiled[name], err = os.Open(program)
	return compiled[name], err
}

// command returns the program of a server, or why that cannot run here.
func command(name string) (*exec.Cmd, error) {
	if _, ok := loopsInC[name]; ok {
		program, err := compile(name)
		if err != nil {
			return nil, err
		}
		return exec.Command(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), program.Fd())), nil
	}
	switch name {
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
