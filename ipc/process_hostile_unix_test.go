//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// A process with this in its environment takes a minute before its main begins.
const lateMain = "IPC_TEST_LATE"

func init() {
	if os.Getenv(lateMain) != "" {
		time.Sleep(time.Minute)
	}
}

// The ctx of Start bounds Start itself.
func TestProcessStartIsCutShort(t *testing.T) {
	before := leak.Take()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	p := ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Env: []string{lateMain + "=1"}, StartTimeout: time.Hour}})
	require.Equal(t, context.DeadlineExceeded, p.Start(ctx))
	require.ErrorIs(t, p.Join(t.Context()), context.DeadlineExceeded)
	require.False(t, p.Alive())
	cancel()
	require.Empty(t, before.Wait(leak.Grace))
}

// A process can be ended while Start waits for it, whatever Start has come to.
func TestProcessKilledDuringStart(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, p *ipc.Process[report]) (want string){
		"Kill": func(t *testing.T, p *ipc.Process[report]) string {
			require.Eventually(t, func() bool { return p.Pid() != 0 }, 10*time.Second, time.Millisecond)
			require.True(t, p.Alive())
			p.Kill()
			return "was ended by signal 9"
		},
		"Terminate": func(t *testing.T, p *ipc.Process[report]) string {
			require.Eventually(t, func() bool { return p.Terminate() == nil }, 10*time.Second, time.Millisecond)
			return "was ended by signal 15"
		},
		"Kill at once": func(t *testing.T, p *ipc.Process[report]) string {
			within(t, func() none {
				for {
					select {
					case <-p.Done():
						return none{}
					default:
						p.Kill()
					}
				}
			})
			return "was ended by signal 9"
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := leak.Take()
			p := ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Launch: ipc.Launch{Env: []string{lateMain + "=1"}, StartTimeout: time.Hour}})
			started := make(chan error, 1)
			go func() { started <- p.Start(context.Background()) }()
			want := end(t, p)
			err := within(t, func() error { return <-started })
			require.ErrorIs(t, err, ipc.ErrStart)
			require.ErrorContains(t, err, want)
			require.Equal(t, err, p.Join(t.Context()))
			require.False(t, p.Alive())
			require.Zero(t, p.Pid())
			require.Equal(t, os.ErrProcessDone, p.Terminate())
			require.Empty(t, before.Wait(leak.Grace))
		})
	}
}

// What was made for a process that could not be started is gone at once.
func TestProcessStartFails(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector closes files, too
	before := leak.Take()
	p := ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{
		Launch: ipc.Launch{Dir: "/there/is/no/such/folder", Stdout: new(strings.Builder)}, Stdin: strings.NewReader("x"),
	})
	err := p.Start(t.Context())
	require.ErrorIs(t, err, ipc.ErrStart)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Empty(t, before.Wait(leak.Grace))
}

// A file that is closed has no number over there: another one would have it.
func TestProcessFilesMustBeOpen(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	p := ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Files: []*os.File{f}})
	err = p.Start(t.Context())
	require.ErrorIs(t, err, ipc.ErrStart)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorContains(t, err, "Files[0]")
	require.PanicsWithValue(t, "ipc: NewProcess: Files[0] is nil", func() {
		ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Files: []*os.File{nil}})
	})
}

var closesOnExec = ipc.Func("ipc_test.closesOnExec", func(context.Context, none) (bool, error) {
	flags, err := unix.FcntlInt(ipc.InheritedFiles()[0].Fd(), unix.F_GETFD, 0)
	return flags&unix.FD_CLOEXEC != 0, err
})

// What a process starts does not keep the pipes open that the process was handed.
func TestProcessFilesGoNoFurther(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	p := ipc.NewProcess(closesOnExec, none{}, ipc.ProcessOptions{Files: []*os.File{f}})
	require.NoError(t, p.Start(t.Context()))
	closes, err := p.Result(t.Context())
	require.NoError(t, err)
	require.True(t, closes)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// A writer that fails does not stop the process.
func TestProcessStdoutFails(t *testing.T) {
	p := start(t, order{Do: "print", Text: strings.Repeat("x", 1<<20)}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: fullDisk{}, Stderr: io.Discard}})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, p.Join(ctx))
}

// A slowWriter takes its time.
type slowWriter struct{ strings.Builder }

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(10 * time.Millisecond)
	return w.Builder.Write(p)
}

// Whoever writes gets all of the output, if it takes its time, and holds up nobody
// if it does not come back.
func TestProcessOutput(t *testing.T) {
	text := strings.Repeat("0123456789abcde\n", 30<<10)
	t.Run("slow", func(t *testing.T) {
		var stdout, stderr slowWriter
		p := start(t, order{Do: "print", Text: text}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: &stdout, Stderr: &stderr}})
		require.NoError(t, p.Join(t.Context()))
		require.True(t, text == stdout.String())
		require.True(t, "not "+text == stderr.String())
	})
	for name, o := range map[string]func(*blockedWriter) ipc.ProcessOptions{
		"stdout": func(w *blockedWriter) ipc.ProcessOptions {
			return ipc.ProcessOptions{Launch: ipc.Launch{Stdout: w, Stderr: io.Discard}}
		},
		"stderr": func(w *blockedWriter) ipc.ProcessOptions {
			return ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard, Stderr: w}}
		},
	} {
		t.Run(name+" blocks", func(t *testing.T) {
			w := &blockedWriter{entered: make(chan none), released: make(chan none)}
			p := start(t, order{Do: "print", Text: "a few words"}, o(w))
			require.NoError(t, within(t, func() error { return p.Join(t.Context()) }), "it had room")
			p = start(t, order{Do: "print", Text: strings.Repeat(text, 20)}, o(w))
			<-w.entered
			p.Kill()
			require.ErrorIs(t, within(t, func() error { return p.Join(t.Context()) }), ipc.ErrProcessDied)
			close(w.released)
		})
	}
}

// leavesBehind starts something that outlives it and keeps its standard input.
var leavesBehind = ipc.Func("ipc_test.leavesBehind", func(context.Context, none) (int, error) {
	c := exec.Command("sleep", "60")
	c.Stdin = os.Stdin
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return 0, err
	}
	return c.Process.Pid, nil
})

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Nobody writes to standard input any more when the process is gone.
func TestProcessStdinEnds(t *testing.T) {
	p := ipc.NewProcess(leavesBehind, none{}, ipc.ProcessOptions{Stdin: zeros{}})
	require.NoError(t, p.Start(t.Context()))
	pid, err := p.Result(t.Context())
	require.NoError(t, err)
	defer syscall.Kill(pid, syscall.SIGKILL)
	require.Eventually(t, func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "ipc.launchProcess.func")
	}, 5*time.Second, time.Millisecond)
}

// talksNonsense writes to the descriptor for answers what is none, and goes on.
var talksNonsense = ipc.Func("ipc_test.talksNonsense", func(context.Context, none) (none, error) {
	_, err := syscall.Write(4, make([]byte, 1000))
	time.Sleep(time.Minute)
	return none{}, err
})

// A process that nobody understands any more is not waited for.
func TestProcessTalksNonsense(t *testing.T) {
	p := ipc.NewProcess(talksNonsense, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: io.Discard}})
	require.NoError(t, p.Start(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := p.Join(ctx)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.ErrorContains(t, err, "protocol violation")
}

// The least limits leave enough to begin with.
func TestLeastLimits(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	files := slices.Repeat([]*os.File{f}, 40)
	require.PanicsWithValue(t, "ipc: NewProcess: Limits.Files is 71, want 0 (no limit) or at least 72", func() {
		ipc.NewProcess(carryOut, order{}, ipc.ProcessOptions{Files: files, Launch: ipc.Launch{Limits: ipc.Limits{Files: 71}}})
	})
	if runtime.GOOS != "linux" {
		return
	}
	for range effort.Times(10, 2, 50) {
		p := start(t, order{Do: "report"}, ipc.ProcessOptions{Files: files, Launch: ipc.Launch{Limits: ipc.Limits{Memory: 128 << 20, Files: 72}}})
		require.NoError(t, p.Join(t.Context()))
	}
}

// Under a limit a process that makes garbage collects it in time.
func TestLimitedMemoryIsCollected(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what limits do is the system's; these are Linux's")
	}
	p := ipc.NewProcess(churns, 150<<20, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{Memory: 320 << 20}, Stderr: io.Discard}})
	require.NoError(t, p.Start(t.Context()))
	require.NoError(t, p.Join(t.Context()))
}

var garbage []byte

// churns keeps so many bytes and throws many more away.
var churns = ipc.Func("ipc_test.churns", func(_ context.Context, live int) (int, error) {
	var keep [][]byte
	for range live >> 16 {
		keep = append(keep, make([]byte, 64<<10))
	}
	for i := range 4 << 10 {
		garbage = make([]byte, 64<<10)
		if i%16 == 0 {
			time.Sleep(time.Millisecond) // who throws a gigabyte a second away outruns the collector
		}
	}
	return len(keep), nil
})
