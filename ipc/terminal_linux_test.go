package ipc_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
)

func init() { programs["terminal"] = atTerminal }

// readsLine returns a line of standard input.
var readsLine = ipc.Func("ipc_test.readsLine", func(context.Context, none) (string, error) {
	return bufio.NewReader(os.Stdin).ReadString('\n')
})

// prints prints a line, and returns its length.
var prints = ipc.Func("ipc_test.prints", func(_ context.Context, line string) (int, error) { return fmt.Println(line) })

// atTerminal is a program that runs at a terminal, and processes of it that use that.
func atTerminal() {
	ctx := context.Background()
	check := func(v any, err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Printf("got %q\n", v)
	}
	for range 2 {
		p, err := ipc.Start(ctx, readsLine, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: os.Stdout}, Stdin: os.Stdin})
		check("started", err)
		check(p.Result(ctx))
	}
	check(bufio.NewReader(os.Stdin).ReadString('\n')) // the terminal is ours again
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 1})
	check("pool", err)
	check(prints.On(pool)(ctx, "from a worker"))
	pool.Close()
	os.Exit(0)
}

// Processes read from a terminal as this one does, and print although their group is in
// its background, where the terminal stops those that do.
func TestTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	fd := int(master.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	settings, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	settings.Lflag = settings.Lflag&^unix.ECHO | unix.TOSTOP
	require.NoError(t, unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, settings))

	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asProgram+"=terminal")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	slave.Close()
	out := bufio.NewReader(master)
	var all strings.Builder
	expect := func(want string) {
		for got := ""; got != want; {
			line, err := out.ReadString('\n')
			require.NoError(t, err, all.String())
			got = strings.TrimRight(line, "\r\n")
			all.WriteString(line)
		}
	}
	ended := within(t, func() error {
		for _, line := range []string{"one", "two"} {
			_, _ = fmt.Fprintln(master, line)
			expect(fmt.Sprintf("got %q", line+"\n"))
		}
		_, _ = fmt.Fprintln(master, "three")
		expect(`got "three\n"`)
		expect("from a worker")
		return cmd.Wait()
	})
	require.NoError(t, ended, all.String())
}
