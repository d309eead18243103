// Package programs tests folders of small programs: each is built, run and compared
// with what it is to print, and with what it is to say when that cannot be printed.
package programs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanfold/fanfold/internal/effort"
)

// A Program is run with arguments, and prints lines.
type Program struct {
	Name   string // its folder, below that of the test
	Args   string
	Stdout string
	// Order, if set, gives the form in which standard output is compared: sorted,
	// where lines may come in any order.
	Order  func(string) any
	Stderr string // a part of it; none if empty
	Status int

	NoFlags   bool // it looks at no argument
	Elsewhere bool // a test of its own runs it

	// Serve, if set, talks to a program that is a server, at the address that the first
	// line of its output says. Then SIGTERM must end it, with all that the row says.
	Serve func(t *testing.T, addr string)
}

// Sorted is an Order: lines may come in any order.
func Sorted(text string) any { return slices.Sorted(strings.Lines(text)) }

// Test builds the programs of the table, which must leave none out of those below the
// working directory, and runs them. It runs each once more into a device that is full,
// with the arguments of its last row that succeeds, and once with a flag that it lacks. A
// server is also run where its port is taken, and ended by an interrupt.
//
// Under the race detector it does nothing: the programs are built without.
func Test(t *testing.T, table []Program) {
	if effort.Race {
		t.Skip("the programs are built without the race detector")
	}
	bin := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	last := map[string]Program{}
	for _, p := range table {
		if known, ok := last[p.Name]; !ok || p.Status == 0 || known.Status != 0 {
			last[p.Name] = p
		}
	}
	build(ctx, t, bin, last)

	for _, p := range table {
		if p.Elsewhere {
			continue
		}
		t.Run(strings.TrimSpace(p.Name+" "+p.Args), func(t *testing.T) { p.test(ctx, t, bin) })
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err == nil {
		defer full.Close()
	}
	for name, p := range last {
		if full != nil && p.Status == 0 && !p.Elsewhere {
			t.Run(name+" without room", func(t *testing.T) { p.testFull(ctx, t, bin, full) })
		}
		if p.Serve != nil {
			t.Run(name+" interrupted", func(t *testing.T) { p.testInterrupt(ctx, t, bin) })
			t.Run(name+" without its port", func(t *testing.T) { p.testPort(ctx, t, bin) })
		}
		if !p.NoFlags {
			t.Run(name+" without that flag", func(t *testing.T) { p.testFlag(ctx, t, bin) })
		}
	}
}

// build builds the programs with these names into bin.
func build(ctx context.Context, t *testing.T, bin string, programs map[string]Program) {
	t.Helper()
	args := []string{"build", "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}
	for name := range programs {
		args = append(args, "./"+name)
	}
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found, err := filepath.Glob("*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if _, tested := programs[filepath.Dir(path)]; !tested {
			t.Errorf("%s is not tested", filepath.Dir(path))
		}
	}
}

// test runs p, which lies in bin, and compares.
func (p Program) test(ctx context.Context, t *testing.T, bin string) {
	var stdout bytes.Buffer
	cmd := p.command(ctx, bin, p.Args)
	cmd.Stdout = &stdout
	var stderr string
	var status int
	if p.Serve != nil {
		stderr, status = p.serve(t, cmd, syscall.SIGTERM, &stdout)
	} else {
		stderr, status = run(t, cmd)
	}
	if status != p.Status {
		t.Errorf("status %d, want %d", status, p.Status)
	}
	order := p.Order
	if order == nil {
		order = func(text string) any { return text }
	}
	if got, want := order(stdout.String()), order(p.Stdout); !reflect.DeepEqual(got, want) {
		t.Errorf("printed %q, want %q", got, want)
	}
	if !strings.Contains(stderr, p.Stderr) || p.Stderr == "" && stderr != "" {
		t.Errorf("said %q, want %q", stderr, p.Stderr)
	}
}

// testFull runs p with a standard output that takes nothing: it is to say so and to fail.
func (p Program) testFull(ctx context.Context, t *testing.T, bin string, full *os.File) {
	cmd := p.command(ctx, bin, p.Args)
	cmd.Stdout = full
	stderr, status := run(t, cmd)
	if status != 1 || !strings.Contains(stderr, "no space left on device") || strings.Contains(stderr, "goroutine ") {
		t.Errorf("status %d, said %q", status, stderr)
	}
}

// testFlag runs p with a flag that it does not have: it is to name the flag.
func (p Program) testFlag(ctx context.Context, t *testing.T, bin string) {
	cmd := p.command(ctx, bin, "-nosuchflag")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, status := run(t, cmd)
	if status != 2 || !strings.Contains(stderr, "flag provided but not defined: -nosuchflag\n") || stdout.Len() > 0 {
		t.Errorf("status %d, said %q, printed %q", status, stderr, stdout.String())
	}
}

// command returns p with these arguments.
func (p Program) command(ctx context.Context, bin, args string) *exec.Cmd {
	path := filepath.Join(bin, p.Name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.CommandContext(ctx, path, strings.Fields(args)...)
	if p.Serve != nil && !strings.Contains(args, "-addr") {
		cmd.Args = append(cmd.Args, "-addr", "localhost:0")
	}
	return cmd
}

// run runs cmd to its end.
func run(t *testing.T, cmd *exec.Cmd) (stderr string, status int) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return said.String(), cmd.ProcessState.ExitCode()
}
