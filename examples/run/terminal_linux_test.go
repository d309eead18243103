package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
)

// pty returns both sides of a new terminal.
func pty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// In a terminal lines can be edited, the last one comes back, Ctrl-C gives a line up and
// ends what runs, and Ctrl-D ends the program, which leaves the terminal as it was.
func TestTerminal(t *testing.T) {
	if effort.Race {
		t.Skip("it starts compilers")
	}
	program, _ := compiled(t)
	master, slave := pty(t)
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir = "../.."
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // which fails if the test has got that far
	})
	var seen bytes.Buffer
	says := func(text string) {
		t.Helper()
		p := make([]byte, 4096)
		for !bytes.Contains(seen.Bytes(), []byte(text)) {
			n, err := master.Read(p)
			require.NoError(t, err, "%q, waiting for %q", seen.String(), text)
			seen.Write(p[:n])
		}
		_, rest, _ := bytes.Cut(seen.Bytes(), []byte(text))
		seen = *bytes.NewBuffer(bytes.Clone(rest))
	}
	timer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill(); slave.Close() })
	defer timer.Stop()
	types := func(keys string) { master.WriteString(keys) }
	says(">>> ")
	types("20+1\x1b[D1\r") // 20+11
	says("\r\n31\r\n")
	says(">>> ")
	types("\x1b[A0\r") // 20+110
	says("\r\n130\r\n")
	says(">>> ")
	types("nonsense\x03")
	says("^C\r\n")
	types(`fmt.Println("begins"); time.Sleep(time.Hour)` + "\r")
	says("\r\nbegins\r\n")
	types("\x03")
	says("exit status 130")
	says(">>> ")
	types("\x04")
	require.NoError(t, cmd.Wait())
	after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	require.Equal(t, before, after)
}
