//go:build unix

package conn

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Pythons of every kind connect to us and let us connect to them.
func TestPython(t *testing.T) {
	pythons, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".pyenv/versions/3.*/bin/python3"))
	if path, err := exec.LookPath("python3"); err == nil {
		pythons = append(pythons, path)
	}
	if len(pythons) == 0 {
		t.Skip("no python3 on this machine")
	}
	o := Options{AuthKey: []byte("secret"), AllowMD5: true}
	for _, python := range pythons {
		t.Run(python, func(t *testing.T) {
			t.Run("as client", func(t *testing.T) {
				l := listen(t, o)
				_, wait := script(t, python, l.Addr(), `
from multiprocessing.connection import Client
import sys
with Client(sys.argv[1], family='AF_UNIX', authkey=b'secret') as c:
    while True:
        m = c.recv_bytes()
        if not m: break
        c.send_bytes(m + m)
`)
				c, err := l.Accept(t.Context())
				require.NoError(t, err)
				defer c.Close()
				echoes(t, c)
				wait()
			})
			t.Run("as listener", func(t *testing.T) {
				path := filepath.Join(filepath.Dir(listen(t, o).Addr()), "python")
				ready, wait := script(t, python, path, `
from multiprocessing.connection import Listener
import sys
with Listener(sys.argv[1], family='AF_UNIX', authkey=b'secret') as l:
    print('listening', flush=True)
    with l.accept() as c:
        while True:
            m = c.recv_bytes()
            if not m: break
            c.send_bytes(m + m)
`)
				ready()
				c, err := Dial(t.Context(), path, o)
				require.NoError(t, err)
				defer c.Close()
				echoes(t, c)
				wait()
			})
		})
	}
}

// echoes sends messages to a peer that answers each with two times its bytes.
func echoes(t *testing.T, c *Connection) {
	for _, n := range []int{1, 100, 16 << 10, 1 << 20} {
		text := strings.Repeat("x", n)
		require.NoError(t, c.SendBytes(t.Context(), []byte(text)))
		got, err := c.RecvBytes(t.Context())
		require.NoError(t, err)
		require.True(t, text+text == string(got))
	}
	require.NoError(t, c.SendBytes(t.Context(), nil))
}

// script starts a Python program. ready waits until it has printed a line, and wait for
// its success.
func script(t *testing.T, python, path, text string) (ready, wait func()) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, python, "-c", text, path)
	cmd.Stderr = &stderr
	stdout, printed, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = printed
	t.Cleanup(func() { stdout.Close() })
	require.NoError(t, cmd.Start())
	printed.Close()
	ready = func() {
		_, err := stdout.Read(make([]byte, 100))
		require.NoError(t, err, stderr.String())
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	done := false
	wait = func() {
		done = true
		defer cancel()
		require.NoError(t, <-ended, stderr.String())
	}
	t.Cleanup(func() {
		if !done {
			cancel()
			<-ended
			t.Log(stderr.String())
		}
	})
	return ready, wait
}
