//go:build unix

package ipc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// An order is what a process is to do in these tests.
type order struct {
	Do   string
	N    int
	Text string
}

// A report is what a process says of itself.
type report struct {
	Self     ipc.ProcessInfo
	Worker   bool
	Dir, Env string
	Stdin    string
	Files    []string
	Argument order
}

var errOrdered = errors.New("failed as ordered")

func init() { ipc.RegisterError("ipc_test.errOrdered", errOrdered) }

var carryOut = ipc.Func("ipc_test.carryOut", func(ctx context.Context, o order) (report, error) {
	switch o.Do {
	case "report":
		return reportOf(o), nil
	case "print":
		fmt.Print(o.Text)
		fmt.Fprint(os.Stderr, "not "+o.Text)
	case "fail":
		return report{}, errOrdered
	case "panic":
		panic(o.Text)
	case "goexit":
		runtime.Goexit()
	case "exit":
		os.Exit(o.N)
	case "crash":
		go panic("crashed as ordered")
		select {}
	case "wait":
		fmt.Println("waiting")
		<-ctx.Done()
		return report{}, context.Cause(ctx)
	case "loop":
		fmt.Println("looping")
		for n := 1; n != 0; n += 2 {
		}
	case "sleep":
		time.Sleep(time.Duration(o.N) * time.Millisecond)
	case "eat":
		var eaten [][]byte
		for len(eaten) < o.N {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			eaten = append(eaten, b)
		}
		return report{Dir: fmt.Sprint(len(eaten))}, nil
	case "open":
		for range o.N {
			if _, err := os.Open(os.DevNull); err != nil {
				return report{}, err
			}
		}
	case "write":
		return report{}, os.WriteFile(o.Text, make([]byte, o.N), 0o600)
	case "nest":
		p := ipc.NewProcess(inner, order{Do: "report"})
		if err := p.Start(ctx); err != nil {
			return report{}, err
		}
		return p.Result(ctx)
	case "large":
		return report{Dir: strings.Repeat("x", o.N)}, nil
	}
	return report{Argument: o}, nil
})

// inner is carryOut for processes of processes: a function cannot mention itself.
var inner = ipc.Func("ipc_test.inner", func(_ context.Context, o order) (report, error) { return reportOf(o), nil })

func reportOf(o order) report {
	r := report{Self: ipc.Self(), Worker: ipc.InWorker(), Env: os.Getenv("ORDER"), Argument: o}
	r.Dir, _ = os.Getwd()
	stdin, _ := io.ReadAll(os.Stdin)
	r.Stdin = string(stdin)
	for _, f := range ipc.InheritedFiles() {
		text, _ := io.ReadAll(f)
		r.Files = append(r.Files, string(text))
	}
	return r
}

// start starts a process that is gone when the test is.
func start(t *testing.T, o order, options ...ipc.ProcessOptions) *ipc.Process[report] {
	t.Helper()
	p := ipc.NewProcess(carryOut, o, options...)
	require.NoError(t, p.Start(t.Context()))
	t.Cleanup(func() {
		p.Kill()
		<-p.Done()
	})
	return p
}

func TestConformanceProcess(t *testing.T) {
	const class = "_test_multiprocessing/_TestProcess/"
	t.Run(class+"test_process", func(t *testing.T) {
		stdin, held, err := os.Pipe() // the report needs all of it
		require.NoError(t, err)
		defer held.Close()
		p := ipc.NewProcess(carryOut, order{Do: "report", N: 7, Text: "x"}, ipc.ProcessOptions{Name: "Process-7", Stdin: stdin})
		require.False(t, p.Alive())
		require.Equal(t, "Process-7", p.Name())
		require.Equal(t, -1, p.ExitCode())
		require.Zero(t, p.Pid())
		require.Equal(t, ipc.ErrNotStarted, p.Join(t.Context()))
		require.NoError(t, p.Start(t.Context()))
		stdin.Close()
		require.True(t, p.Alive())
		require.Equal(t, -1, p.ExitCode())
		held.Close()
		r, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, order{Do: "report", N: 7, Text: "x"}, r.Argument)
		require.Equal(t, ipc.ProcessInfo{Name: "Process-7", Pid: p.Pid(), Parent: os.Getpid()}, r.Self)
		require.True(t, r.Worker)
		require.False(t, p.Alive())
		require.Zero(t, p.ExitCode())
		require.Zero(t, p.ExitSignal())
		require.NotNil(t, p.Usage())
		require.NoError(t, p.Join(t.Context()), "again")
		require.PanicsWithValue(t, "ipc: process Process-7 started again", func() { _ = p.Start(t.Context()) })
	})
	t.Run(class+"test_current", func(t *testing.T) {
		require.Equal(t, ipc.ProcessInfo{Name: "main", Pid: os.Getpid(), Parent: os.Getppid()}, ipc.Self())
		require.False(t, ipc.InWorker())
	})
	t.Run(class+"test_args_argument", func(t *testing.T) {
		for _, v := range []any{1, "text", []int{1}, [1]int{1}} {
			require.Equal(t, v, resultOf(t, givesBack, v))
		}
	})
	t.Run("the parent", func(t *testing.T) {
		p := start(t, order{Do: "nest"})
		r, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, p.Pid(), r.Self.Parent)
		require.Regexp(t, `^ipc_test\.inner-\d+$`, r.Self.Name)
	})
	t.Run(class+"test_terminate", func(t *testing.T) {
		endedBy(t, syscall.SIGTERM, (*ipc.Process[report]).Terminate)
	})
	t.Run(class+"test_kill", func(t *testing.T) {
		endedBy(t, syscall.SIGKILL, (*ipc.Process[report]).Kill)
	})
	t.Run("the end", func(t *testing.T) {
		p := ipc.NewProcess(carryOut, order{Do: "sleep", N: 20})
		before := p.Done()
		require.NoError(t, p.Start(t.Context()))
		select {
		case <-p.Done():
			t.Error("it has ended already")
		default:
		}
		<-p.Done()
		require.False(t, p.Alive())
		<-before
	})
	t.Run(class+"test_many_processes", func(t *testing.T) {
		var processes []*ipc.Process[report]
		for _, do := range []string{"sleep", "loop"} {
			for range 5 {
				processes = append(processes, start(t, order{Do: do, N: 10}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard}}))
			}
		}
		for _, p := range processes[:5] {
			require.NoError(t, p.Join(t.Context()))
			require.Zero(t, p.ExitCode())
		}
		for _, p := range processes[5:] {
			require.NoError(t, p.Terminate())
		}
		for _, p := range processes[5:] {
			ended(t, p, -1, syscall.SIGTERM)
		}
	})
	t.Run(class+"test_error_on_stdio_flush_1", func(t *testing.T) {
		// Standard streams of this program that cannot be written to are no reason to fail.
		closed, w, err := os.Pipe()
		require.NoError(t, err)
		w.Close()
		closed.Close()
		for _, stream := range []**os.File{&os.Stdout, &os.Stderr} {
			for _, broken := range []*os.File{closed, nil} {
				func() {
					defer func(whole *os.File) { *stream = whole }(*stream)
					*stream = broken
					p := start(t, order{Do: "sleep"})
					require.NoError(t, p.Join(t.Context()))
					require.Zero(t, p.ExitCode())
				}()
			}
		}
	})
	const sub = "_test_multiprocessing/_TestSubclassingProcess/"
	t.Run(sub+"test_subclassing", func(t *testing.T) {
		questions, asks, err := os.Pipe()
		require.NoError(t, err)
		defer asks.Close()
		answers, said, err := os.Pipe()
		require.NoError(t, err)
		defer answers.Close()
		p := ipc.NewProcess(runUpperCaser, upperCaser{Prefix: "> "}, ipc.ProcessOptions{Stdin: questions, Launch: ipc.Launch{Stdout: said}})
		err = p.Start(t.Context())
		questions.Close()
		said.Close()
		require.NoError(t, err)
		lines := bufio.NewReader(answers)
		for _, word := range []string{"hello", "world"} {
			fmt.Fprintln(asks, word)
			line, err := lines.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "> "+strings.ToUpper(word)+"\n", line)
		}
		asks.Close()
		require.NoError(t, p.Join(t.Context()))
	})
	t.Run(sub+"test_stderr_flush", func(t *testing.T) {
		var stderr strings.Builder
		p := start(t, order{Do: "crash"}, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: &stderr}})
		err := p.Join(t.Context())
		require.ErrorIs(t, err, ipc.ErrProcessDied)
		require.ErrorContains(t, err, "crashed as ordered")
		for _, part := range []string{"crashed as ordered", "goroutine ", "ipc_test.init", "process_unix_test.go:"} {
			require.Contains(t, stderr.String(), part)
		}
		require.Equal(t, 2, p.ExitCode())
	})
	t.Run(sub+"test_sys_exit", func(t *testing.T) {
		for _, code := range []int{0, 1, 42} {
			p := start(t, order{Do: "exit", N: code})
			ended(t, p, code, 0)
		}
	})
}

// An upperCaser is a type that runs as a process.
type upperCaser struct{ Prefix string }

func (u upperCaser) Run(context.Context) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(u.Prefix + strings.ToUpper(lines.Text()))
	}
	return lines.Err()
}

var runUpperCaser = ipc.RunnerOf[upperCaser]("ipc_test.upperCaser")

// endedBy checks that end ends a process that works without a pause, by that signal.
func endedBy(t *testing.T, by syscall.Signal, end func(*ipc.Process[report]) error) {
	t.Helper()
	p, stdout := startSpeaking(t, order{Do: "loop"})
	require.Equal(t, "looping\n", stdout())
	require.True(t, p.Alive())
	require.Equal(t, -1, p.ExitCode())
	for _, ctx := range []context.Context{shortly(t, 10*time.Millisecond), shortly(t, -time.Second)} {
		require.Equal(t, context.DeadlineExceeded, p.Join(ctx))
		require.True(t, p.Alive())
	}
	require.NoError(t, end(p))
	ended(t, p, -1, by)
	require.Equal(t, os.ErrProcessDone, p.Terminate())
	require.NoError(t, p.Kill())
	ended(t, p, -1, by)
}

// shortly returns a ctx that ends after d.
func shortly(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// startSpeaking starts a process and returns what waits for its first words.
func startSpeaking(t *testing.T, o order) (p *ipc.Process[report], stdout func() string) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	p = start(t, o, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: w}})
	w.Close()
	return p, func() string {
		var text [64]byte
		n, _ := r.Read(text[:])
		return string(text[:n])
	}
}

// ended checks how a process ended that did not let its function return.
func ended(t *testing.T, p *ipc.Process[report], code int, signal syscall.Signal) {
	t.Helper()
	err := p.Join(t.Context())
	died, ok := errors.AsType[*ipc.ProcessDiedError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, died.ExitCode)
	require.Equal(t, signal, died.Signal)
	require.Equal(t, code, p.ExitCode())
	require.Equal(t, signal, p.ExitSignal())
	require.Equal(t, p.Pid(), died.Pid)
	require.False(t, p.Alive())
}

func TestProcessFailures(t *testing.T) {
	t.Run("error", func(t *testing.T) {
		p := start(t, order{Do: "fail"})
		require.Equal(t, errOrdered, p.Join(t.Context()))
		require.Equal(t, 1, p.ExitCode())
	})
	t.Run("panic", func(t *testing.T) {
		p := start(t, order{Do: "panic", Text: "over there"})
		pe, ok := errors.AsType[*ipc.PanicError](p.Join(t.Context()))
		require.True(t, ok)
		require.Equal(t, "over there", pe.Value)
		require.Contains(t, string(pe.Stack), "process_unix_test.go")
		require.Equal(t, 2, p.ExitCode())
	})
	t.Run("goexit", func(t *testing.T) {
		p := start(t, order{Do: "goexit"})
		require.Equal(t, ipc.ErrGoexit, p.Join(t.Context()))
		require.Equal(t, 1, p.ExitCode())
	})
	t.Run("large result", func(t *testing.T) {
		p := start(t, order{Do: "large", N: 5000}, ipc.ProcessOptions{Launch: ipc.Launch{MaxMessage: 4096}})
		require.ErrorAs(t, p.Join(t.Context()), new(*ipc.TooLargeError))
	})
	t.Run("large argument", func(t *testing.T) {
		p := ipc.NewProcess(carryOut, order{Text: strings.Repeat("x", 5000)}, ipc.ProcessOptions{Launch: ipc.Launch{MaxMessage: 4096}})
		err := p.Start(t.Context())
		require.ErrorAs(t, err, new(*ipc.TooLargeError))
		require.Equal(t, err, p.Join(t.Context()))
		require.False(t, p.Alive())
		require.Equal(t, -1, p.ExitCode())
		require.Equal(t, os.ErrProcessDone, p.Terminate())
		p.Kill()
		<-p.Done()
	})
	t.Run("no such folder", func(t *testing.T) {
		p := ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Dir: filepath.Join(t.TempDir(), "missing")}})
		err := p.Start(t.Context())
		require.ErrorIs(t, err, ipc.ErrStart)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("options", func(t *testing.T) {
		require.PanicsWithValue(t, "ipc: NewProcess: MaxMessage is -1, want 0 (256 MiB) or more",
			func() { ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{MaxMessage: -1}}) })
		require.PanicsWithValue(t, `ipc: NewProcess: Env is ["x"], want key=value`,
			func() { ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Env: []string{"x"}}}) })
		require.PanicsWithValue(t, "ipc: NewProcess: Limits.Memory is 1, want 0 (no limit) or at least 134217728",
			func() {
				ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{Memory: 1}}})
			})
		require.PanicsWithValue(t, "ipc: NewProcess: Limits.Files is -1, want 0 (no limit) or at least 32",
			func() {
				ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{Files: -1}}})
			})
		require.PanicsWithValue(t, "ipc: NewProcess: Limits.CPU is -1ns and FileSize 0, want 0 (no limit) or more",
			func() {
				ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{CPU: -1}}})
			})
		require.PanicsWithValue(t, "ipc: NewProcess: the function is nil",
			func() { ipc.NewProcess[int, int](nil, 0) })
	})
}

func TestProcessContext(t *testing.T) {
	cause := errors.New("enough")
	t.Run("done on entry", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		p := ipc.NewProcess(carryOut, order{})
		require.Equal(t, cause, p.Start(ctx))
		require.ErrorIs(t, p.Join(t.Context()), cause)
		require.Zero(t, p.Pid())
		q := start(t, order{Do: "sleep", N: 1})
		require.Equal(t, cause, q.Join(ctx))
	})
	t.Run("join is cut short", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		p := start(t, order{Do: "loop"}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard}})
		require.Equal(t, context.DeadlineExceeded, p.Join(ctx))
		require.True(t, p.Alive())
	})
	for _, do := range []string{"wait", "loop"} {
		t.Run(do, func(t *testing.T) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			defer r.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			p := ipc.NewProcess(carryOut, order{Do: do}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: w, Grace: 50 * time.Millisecond}})
			require.NoError(t, p.Start(ctx))
			w.Close()
			_, err = r.Read(make([]byte, 16))
			require.NoError(t, err)
			cancel(cause)
			require.ErrorIs(t, p.Join(t.Context()), cause)
			if do == "wait" {
				require.Equal(t, 1, p.ExitCode(), "it heeded")
			} else {
				require.Equal(t, syscall.SIGKILL, p.ExitSignal())
			}
		})
	}
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // Start is to be done by then
		defer cancel()
		p := ipc.NewProcess(carryOut, order{Do: "wait"}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard, Grace: time.Minute}})
		require.NoError(t, p.Start(ctx))
		require.ErrorIs(t, p.Join(t.Context()), context.DeadlineExceeded)
		require.Equal(t, 1, p.ExitCode())
	})
	t.Run("no grace", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		p := ipc.NewProcess(carryOut, order{Do: "loop"}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard, Grace: -1}})
		require.NoError(t, p.Start(ctx))
		cancel(cause)
		require.ErrorIs(t, p.Join(t.Context()), cause)
		require.Equal(t, syscall.SIGKILL, p.ExitSignal())
	})
}

func TestProcessSurroundings(t *testing.T) {
	var stdout, stderr strings.Builder
	p := start(t, order{Do: "print", Text: "hello"}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: &stdout, Stderr: &stderr}})
	require.NoError(t, p.Join(t.Context()))
	require.Equal(t, "hello", stdout.String())
	require.Equal(t, "not hello", stderr.String())

	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("handed down"), 0o600))
	var files []*os.File
	for range 2 {
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close()
		files = append(files, f)
	}
	r, err := start(t, order{Do: "report"}, ipc.ProcessOptions{
		Launch: ipc.Launch{Dir: dir, Env: []string{"ORDER=first", "ORDER=last"}}, Stdin: strings.NewReader("read"), Files: files,
	}).Result(t.Context())
	require.NoError(t, err)
	real, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	require.Equal(t, real, r.Dir)
	require.Equal(t, "last", r.Env)
	require.Equal(t, "read", r.Stdin)
	require.Equal(t, []string{"handed down", "handed down"}, r.Files)

	from, err := os.Open(file)
	require.NoError(t, err)
	defer from.Close()
	r, err = start(t, order{Do: "report"}, ipc.ProcessOptions{Stdin: from}).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "handed down", r.Stdin)
	require.Empty(t, r.Files)
}

func TestLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what limits do is the system's; these are Linux's")
	}
	limited := func(o order, l ipc.Limits) error {
		return start(t, o, ipc.ProcessOptions{Launch: ipc.Launch{Limits: l, Stderr: io.Discard, Stdout: io.Discard}}).Join(t.Context())
	}
	t.Run("memory", func(t *testing.T) {
		if effort.Race {
			t.Skip("the limit is the kernel's, and processes are slow")
		}
		err := limited(order{Do: "eat", N: 500}, ipc.Limits{Memory: 200 << 20})
		require.ErrorIs(t, err, ipc.ErrMemoryLimit)
		require.ErrorIs(t, err, ipc.ErrProcessDied)
		require.NoError(t, limited(order{Do: "eat", N: 50}, ipc.Limits{Memory: 400 << 20}))
	})
	t.Run("not memory", func(t *testing.T) {
		err := limited(order{Do: "exit", N: 2}, ipc.Limits{Memory: 400 << 20})
		require.ErrorIs(t, err, ipc.ErrProcessDied)
		require.NotErrorIs(t, err, ipc.ErrMemoryLimit)
	})
	t.Run("cpu", func(t *testing.T) {
		err := limited(order{Do: "loop"}, ipc.Limits{CPU: time.Millisecond})
		died, ok := errors.AsType[*ipc.ProcessDiedError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, syscall.SIGKILL, died.Signal)
	})
	t.Run("files", func(t *testing.T) {
		require.ErrorIs(t, limited(order{Do: "open", N: 40}, ipc.Limits{Files: 32}), syscall.EMFILE)
		require.NoError(t, limited(order{Do: "open", N: 5}, ipc.Limits{Files: 32}))
	})
	t.Run("file size", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		err := limited(order{Do: "write", N: 2000, Text: path}, ipc.Limits{FileSize: 1000})
		require.ErrorIs(t, err, syscall.EFBIG)
	})
	t.Run("more than there is", func(t *testing.T) {
		require.NoError(t, limited(order{}, ipc.Limits{Files: 1 << 30, NoCore: true}))
	})
}

func ExampleProcess() {
	p := ipc.NewProcess(carryOut, order{Do: "loop"}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard}})
	ctx := context.Background()
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("alive:", p.Alive())
	p.Kill()
	fmt.Println("died:", errors.Is(p.Join(ctx), ipc.ErrProcessDied), p.ExitSignal())
	// Output:
	// alive: true
	// died: true killed
}
