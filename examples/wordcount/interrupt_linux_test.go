package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// openTerminal returns the two ends of a new terminal: ours, and the program's.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { screen.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { terminal.Close() })
	return screen, terminal
}

// processes returns how many others run this test binary.
func processes(t *testing.T) (n int) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	require.NoError(t, err)
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && exe == self && link != fmt.Sprintf("/proc/%d/exe", os.Getpid()) {
			n++
		}
	}
	return n
}

// The status line of each carrier appears, and Ctrl-C while it stands there ends
// the program at once, with what was counted until then, and without a process left.
func TestInterrupt(t *testing.T) {
	text := bytes.Repeat([]byte("a bc def\n"), 1<<15)
	dir := t.TempDir()
	first := filepath.Join(dir, "0")
	require.NoError(t, os.WriteFile(first, text, 0o600))
	begin := time.Now()
	_, err := words.Count(t.Context(), []string{first})
	require.NoError(t, err)
	files := int(1500*time.Millisecond/time.Since(begin)) + 20 // a loop takes long enough to be seen
	for i := 1; i < files; i++ {
		require.NoError(t, os.Link(first, filepath.Join(dir, fmt.Sprint(i))))
	}
	cases := []struct{ on, interrupt string }{
		{"loop", "loop"},
		{"goroutines", "goroutines"},
		{"processes", "processes"},
		{"all", "loop"},
		{"all", "goroutines"},
	}
	for _, c := range cases {
		t.Run(c.on+" during "+c.interrupt, func(t *testing.T) {
			cmd := command(t, "-on", c.on, "-workers", "2", dir)
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			screen, terminal := openTerminal(t)
			cmd.Stderr = terminal
			require.NoError(t, cmd.Start())
			terminal.Close()

			status := regexp.MustCompile(c.interrupt + `: [1-9]\d* of \d+ files, \d+ MB/s, \d+s left`)
			var seen []byte
			buf := make([]byte, 4096)
			interrupted := false
			for {
				n, err := screen.Read(buf)
				if seen = append(seen, buf[:n]...); !interrupted && status.Match(seen) {
					interrupted = true
					require.NoError(t, cmd.Process.Signal(os.Interrupt))
				}
				if err != nil {
					break // nobody holds the other end any more
				}
			}
			cmd.Wait()
			require.Equal(t, 130, cmd.ProcessState.ExitCode(), "%s", seen)
			require.Eventually(t, func() bool { return processes(t) == 0 }, 5*time.Second, time.Millisecond)

			message := regexp.MustCompile(`wordcount: interrupted: (\w+) had counted (\d+) of \d+ files; what is printed is (.*)\r\n`).
				FindSubmatch(seen)
			require.NotNil(t, message, "%s", seen)
			require.Equal(t, c.interrupt, string(message[1]))
			var counted int
			if c.interrupt == "loop" || c.on != "all" {
				require.Equal(t, "this partial result", string(message[3]))
				fmt.Sscan(string(message[2]), &counted)
				require.Greater(t, counted, 0)
				require.Less(t, counted, files)
			} else {
				require.Equal(t, "the whole result of loop", string(message[3]))
				counted = files
			}
			require.True(t, strings.HasSuffix(stdout.String(),
				fmt.Sprintf("total %d words, 3 distinct, %d files, %d bytes\n", counted*(len(text)/3), counted, counted*len(text))),
				"%d files counted, but %s", counted, stdout.String())
		})
	}
}
