package ioloop_test

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ioloop"
)

// clients are a process of clients.
type clients struct {
	cmd   *exec.Cmd
	out   *bufio.Scanner
	leave func() error
}

func startClients(t *testing.T, addr string, idle, busy, rounds int) *clients {
	t.Helper()
	seed := time.Now().UnixNano()
	t.Log("seed", seed)
	cmd := exec.Command(os.Args[0], strconv.Itoa(idle), strconv.Itoa(busy), strconv.Itoa(rounds), strconv.FormatInt(seed, 10))
	cmd.Env = append(os.Environ(), clientOf+"="+addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &clients{cmd, bufio.NewScanner(out), in.Close}
}

func (c *clients) says(t *testing.T, word string) {
	t.Helper()
	require.True(t, c.out.Scan())
	require.Equal(t, word, c.out.Text())
}

func (c *clients) end(t *testing.T) {
	t.Helper()
	require.NoError(t, c.leave())
	require.NoError(t, c.cmd.Wait())
}

// Thousands of idle connections, hundreds of busy ones, some of them slow, reset or with
// tiny buffers: every byte comes back, each connection ends once, and the memory of the peak is
// given back.
func TestLoad(t *testing.T) {
	idle, busy, rounds := effort.Times(300, 100, 8000), effort.Times(50, 20, 1000), effort.Times(5, 3, 10)
	each(t, func(t *testing.T, l *ioloop.Loop) {
		if b := l.Stats().Backend; effort.Long() && b == "select" {
			t.Skip("it takes descriptors below 1024")
		}
		opened, closed := 0, 0
		s, err := l.Serve(listen(t), func(*ioloop.Conn) *ioloop.Handler {
			opened++
			return &ioloop.Handler{
				Data:  func(c *ioloop.Conn, data []byte) (int, error) { return c.Write(data) },
				Close: func(*ioloop.Conn, error) { closed++ },
			}
		})
		require.NoError(t, err)
		before := heap()
		c := startClients(t, s.Addr().String(), idle, busy, rounds)
		c.says(t, "idle")
		require.Eventually(t, func() bool { return s.Conns() == idle }, patience, time.Millisecond)
		perIdle := float64(heap()-before) / float64(idle)
		c.says(t, "done")
		require.Eventually(t, func() bool { return s.Conns() == idle }, patience, time.Millisecond)
		c.end(t)
		require.NoError(t, s.Shutdown(t.Context()))
		on(t, l, func() {
			require.Equal(t, idle+busy*rounds, opened)
			require.Equal(t, opened, closed)
		})
		const kept = 512 << 10
		require.Eventually(t, func() bool { return heap() < before+kept }, patience, 10*time.Millisecond, "memory of the peak is kept")
		t.Logf("%.0f bytes of heap per idle connection; %d KiB before, %d KiB after", perIdle, before>>10, heap()>>10)
	})
}

// Shutdown while clients connect and talk: it returns, and nothing is left.
func TestShutdownUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, l *ioloop.Loop) {
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		c := startClients(t, s.Addr().String(), 0, 30, 1_000_000)
		c.says(t, "idle")
		require.Eventually(t, func() bool { return s.Conns() > 0 }, patience, time.Millisecond)
		require.NoError(t, s.Shutdown(t.Context())) // talks end by themselves; new ones are refused
		require.Zero(t, s.Conns())
		require.True(t, c.out.Scan())
		require.Contains(t, c.out.Text(), "a busy client:")
		require.NoError(t, c.leave())
		require.Error(t, c.cmd.Wait())
	})
}
