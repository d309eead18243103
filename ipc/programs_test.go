//go:build unix

package ipc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// programs are mains of their own, for what cannot be tested from within.
var programs = map[string]func(){
	"parent":   parent,
	"family":   family,
	"deleted":  deleted,
	"starved":  starved,
	"blown":    blown,
	"ignorant": ignorant,
	"ordinary": func() { fmt.Println("ordinary", ipc.InWorker(), os.Getenv("FANFOLD_IPC_WORKER") == "") },
}

// parent keeps three workers busy in ways that do not end, prints their process ids
// and waits to be killed.
func parent() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 3})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	ctx := context.Background()
	go endless.On(pool)(ctx, none{})
	go stuck.On(pool)(ctx, none{})
	for len(pool.Workers()) < 2 {
		runtime.Gosched()
	}
	// The third has a child of its own, which tells its process id.
	child, err := spawns.On(pool)(ctx, none{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Print(child)
	for _, w := range pool.Workers() {
		fmt.Print(" ", w.Pid)
	}
	fmt.Println()
	awaitEnd()
}

// family does with processes what parent does with a pool.
func family() {
	r, w, err := os.Pipe()
	processes := []*ipc.Process[int]{
		ipc.NewProcess(spawnsAndStays, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: w}}),
		ipc.NewProcess(endless, none{}),
		ipc.NewProcess(stuck, none{}),
	}
	for _, p := range processes {
		err = errors.Join(err, p.Start(context.Background()))
	}
	var child int
	if _, scanned := fmt.Fscan(r, &child); errors.Join(err, scanned) != nil {
		fmt.Println(err, scanned)
		os.Exit(1)
	}
	fmt.Print(child)
	for _, p := range processes {
		fmt.Print(" ", p.Pid())
	}
	fmt.Println()
	awaitEnd()
}

// awaitEnd waits to be killed, or to be told to exit.
func awaitEnd() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(line) == "exit" {
		os.Exit(0) // without a word to anybody
	}
	select {}
}

// spawnsAndStays has a child, whose process id it tells.
var spawnsAndStays = ipc.Func("ipc_test.spawnsAndStays", func(ctx context.Context, _ none) (int, error) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	fmt.Println(cmd.Process.Pid)
	<-ctx.Done()
	return 0, context.Cause(ctx)
})

var spawns = ipc.Func("spawns", func(context.Context, none) (int, error) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	return cmd.Process.Pid, nil
})

// deleted runs a pool after its own file has gone.
func deleted() {
	path, err := os.Executable()
	if err == nil {
		err = os.Remove(path)
	}
	pool, err2 := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 2})
	if err := errors.Join(err, err2); err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	fmt.Println(square.On(pool)(context.Background(), 12))
}

// ignorant ignores SIGCHLD, so that the kernel reaps its children.
func ignorant() {
	signal.Ignore(syscall.SIGCHLD)
	check := func(ok bool, what ...any) {
		if !ok {
			fmt.Println(what...)
		}
	}
	ctx := context.Background()
	r, w, err := os.Pipe() // the first makes the runtime open its poller, for good
	check(errors.Join(err, r.Close(), w.Close()) == nil)
	before := leak.Take()
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 2})
	check(err == nil, err)
	child, err := spawns.On(pool)(ctx, none{})
	check(err == nil, err)
	for range 3 {
		_, err = dies.On(pool)(ctx, none{})
		died, ok := errors.AsType[*ipc.ProcessDiedError](err)
		check(ok && died.ExitCode == -1 && died.Signal == 0, err)
		check(strings.Contains(err.Error(), "ignores SIGCHLD"), err)
	}
	ending, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	_, err = endless.On(pool)(ending, none{})
	cancel()
	check(errors.Is(err, context.DeadlineExceeded), err)
	n, err := square.On(pool)(ctx, 5)
	check(n == 25 && err == nil, n, err)
	check(pool.Shutdown(context.Background()) == nil)
	for deadline := time.Now().Add(10 * time.Second); alive(child) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	check(!alive(child), "what a worker started lives on")

	for do, want := range map[string]error{"": nil, "fail": errOrdered, "exit": ipc.ErrProcessDied, "loop": ipc.ErrProcessDied} {
		p := ipc.NewProcess(carryOut, order{Do: do}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: io.Discard}})
		check(p.Start(ctx) == nil)
		if do == "loop" {
			p.Kill()
		}
		err := p.Join(ctx)
		check(errors.Is(err, want), do, err)
		check(p.ExitCode() == -1 && p.ExitSignal() == 0 && p.Usage() == nil, do, p.ExitCode())
		check(p.Signal(syscall.SIGTERM) == os.ErrProcessDone, do, p.Signal(syscall.SIGTERM))
		p.Kill()
	}
	check(len(before.Wait(leak.Grace)) == 0, before.Left())
	fmt.Println("done")
}

// Whoever does not want to hear of children has them all the same, and all that is
// lost is how they ended.
func TestIgnoredSIGCHLD(t *testing.T) {
	cmd := program(t, "ignorant")
	out, err := cmd.Output()
	require.NoError(t, err)
	if runtime.GOOS == "linux" {
		require.Equal(t, "done\n", string(out))
	}
}

// blown exits while it decodes the result of a call, with a worker that is busy.
func blown() {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	go stuck.On(pool)(ctx, none{})
	for len(pool.Workers()) < 2 {
		_, _ = square.On(pool)(ctx, 1) // for which there must be another worker
	}
	for _, w := range pool.Workers() {
		fmt.Print(w.Pid, " ")
	}
	fmt.Println()
	_, err = fused.On(pool)(ctx, fusedArgument{fuse{Where: atResultDecode, How: "exit"}})
	fmt.Println("it goes on:", err)
}

// pidsIn reads n process ids from a line of a program.
func pidsIn(t *testing.T, line string, n int) (pids []int) {
	t.Helper()
	for word := range strings.FieldsSeq(line) {
		var pid int
		_, err := fmt.Sscan(word, &pid)
		require.NoError(t, err, line)
		pids = append(pids, pid)
	}
	require.Len(t, pids, n)
	return pids
}

// forgetful is a program that does not call Main.
func forgetful() {
	_, err := ipc.NewPool(context.Background())
	fmt.Println(errors.Is(err, ipc.ErrNoMain), err)
	_, err = ipc.NewPool(context.Background(), ipc.PoolOptions{Exec: []string{"false"}}) // whose workers need no Main of this program
	fmt.Println(errors.Is(err, ipc.ErrNoMain), errors.Is(err, ipc.ErrStart))
	os.Exit(0)
}

func program(t *testing.T, name string, extra ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), asProgram+"="+name), extra...)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestForgottenMain(t *testing.T) {
	out, err := program(t, "forgetful").Output()
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(out), "true ipc: the program has not called ipc.Main"), string(out))
	require.True(t, strings.HasSuffix(string(out), "\nfalse true\n"), string(out))
}

// A role that only an environment variable claims makes nobody a worker, and is
// removed all the same.
func TestForgedRole(t *testing.T) {
	for _, value := range []string{"", "x", ":", "00112233445566778899aabbccddeeff:1000", strings.Repeat("0", 1<<16)} {
		out, err := program(t, "ordinary", "FANFOLD_IPC_WORKER="+value).Output()
		require.NoError(t, err)
		require.Equal(t, "ordinary false true\n", string(out))
	}
	// Pipes in the right places, but nobody wrote the token, or it is another one.
	for _, token := range []string{"", strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 100)} {
		cmd := program(t, "ordinary", "FANFOLD_IPC_WORKER=00112233445566778899aabbccddeeff:1000")
		for range 5 {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			defer r.Close()
			defer w.Close()
			_, err = io.WriteString(w, token)
			require.NoError(t, err)
			cmd.ExtraFiles = append(cmd.ExtraFiles, r)
		}
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, "ordinary false true\n", string(out))
	}
}

// starved makes pools with ever more descriptors to be had, and tells what those
// that failed have left behind.
func starved() {
	var limit unix.Rlimit
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	check(unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	debug.SetGCPercent(-1) // which would close what was forgotten
	r, w, err := os.Pipe() // the first makes the runtime open its poller, for good
	check(errors.Join(err, r.Close(), w.Close()))
	before := leak.Take()
	lower := limit
	for lower.Cur = 3; ; lower.Cur++ {
		check(unix.Setrlimit(unix.RLIMIT_NOFILE, &lower))
		pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})
		check(unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
		if err == nil {
			check(pool.Shutdown(context.Background()))
		}
		left := before.Wait(leak.Grace)
		fmt.Println(errors.Is(err, ipc.ErrStart), errors.Is(err, syscall.EMFILE), left)
		if err == nil || len(left) > 0 {
			return
		}
	}
}

// A pool that cannot be made for want of descriptors, whichever it is that is
// wanting, leaves nothing behind.
func TestStarved(t *testing.T) {
	out, err := program(t, "starved").Output()
	require.NoError(t, err, string(out))
	attempts := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Greater(t, len(attempts), 15)
	for i, line := range attempts {
		if i < len(attempts)-1 {
			require.Equal(t, "true true []", line)
		} else {
			require.Equal(t, "false false []", line)
		}
	}
}

func TestDeletedExecutable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can start a deleted file")
	}
	binary, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, binary, 0o700))
	cmd := program(t, "deleted")
	cmd.Path = path
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, "144 <nil>\n", string(out))
	require.NoFileExists(t, path)
}

// However the parent goes, its workers and processes go with it, and what they started.
func TestParentGone(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, cmd *exec.Cmd, stdin io.Writer, pids []int){
		"exit without a word": func(t *testing.T, _ *exec.Cmd, stdin io.Writer, _ []int) {
			_, err := io.WriteString(stdin, "exit\n")
			require.NoError(t, err)
		},
		"kill -9": func(t *testing.T, cmd *exec.Cmd, _ io.Writer, _ []int) {
			require.NoError(t, cmd.Process.Kill())
		},
		"kill -9 while a worker is stopped": func(t *testing.T, cmd *exec.Cmd, _ io.Writer, pids []int) {
			if runtime.GOOS != "linux" {
				t.Skip("needs the kernel's help")
			}
			halt.Process(t, pids[len(pids)-1])
			require.NoError(t, cmd.Process.Kill())
		},
	} {
		gone := func(t *testing.T, parent string) {
			cmd := program(t, parent)
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			defer cmd.Wait()
			defer cmd.Process.Kill()
			line, err := bufio.NewReader(stdout).ReadString('\n')
			require.NoError(t, err, line)
			pids := pidsIn(t, line, 4)
			for _, pid := range pids {
				require.True(t, alive(pid))
			}
			defer syscall.Kill(pids[0], syscall.SIGKILL) // a stray sleep, if the test fails
			end(t, cmd, stdin, pids)
			for _, pid := range pids {
				require.Eventually(t, func() bool { return !alive(pid) }, 5*time.Second, time.Millisecond, "process %d lives on", pid)
			}
		}
		t.Run(name, func(t *testing.T) { gone(t, "parent") })
		t.Run(name+", of processes", func(t *testing.T) { gone(t, "family") })
	}
}

// What a worker started goes with the worker.
func TestGrandchildren(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	start := func() int {
		child, err := spawns.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.True(t, alive(child))
		return child
	}
	gone := func(child int) {
		require.Eventually(t, func() bool { return !alive(child) }, 5*time.Second, time.Millisecond)
	}
	child := start()
	_, err := exits.On(pool)(t.Context(), 0)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	gone(child)
	child = start()
	require.NoError(t, pool.Shutdown(context.Background()))
	gone(child)
}

// alive reports whether the process runs; a zombie that its new parent has not
// yet looked at does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return runtime.GOOS != "linux"
	}
	text := string(stat)
	return !strings.HasPrefix(text[strings.LastIndexByte(text, ')')+1:], " Z")
}
