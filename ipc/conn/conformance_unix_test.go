//go:build unix

package conn

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestConformanceConnections(t *testing.T) {
	t.Run("_test_multiprocessing/TestConnection/test_context", func(t *testing.T) {
		a, b, err := Pipe()
		require.NoError(t, err)
		require.NoError(t, Send(t.Context(), a, 1729))
		n, err := Recv[int](t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, 1729, n)
		for _, c := range []*Connection{a, b} {
			require.NoError(t, c.Close())
			_, err := Recv[int](t.Context(), c)
			require.ErrorIs(t, err, fs.ErrClosed)
			require.ErrorIs(t, c.SendBytes(t.Context(), nil), fs.ErrClosed)
		}
	})
	t.Run("_test_multiprocessing/TestConnection/test_large_fd_transfer", func(t *testing.T) {
		// Beyond what select can take.
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD_CLOEXEC, 300)
		w.Close()
		require.NoError(t, err)
		high := os.NewFile(uintptr(fd), "high")
		defer high.Close()
		e := connections[0].New(t)
		require.NoError(t, e.from.SendFile(t.Context(), high))
		require.NoError(t, high.Close())
		for fd, null := 0, devNull(t); fd < 256; { // so that the other end has none below
			fd, err = unix.FcntlInt(null.Fd(), unix.F_DUPFD_CLOEXEC, 0)
			require.NoError(t, err)
			defer syscall.Close(fd)
		}
		received, err := e.to.RecvFile(t.Context())
		require.NoError(t, err)
		require.Greater(t, received.Fd(), uintptr(256))
		_, err = received.WriteString("bar")
		require.NoError(t, err)
		require.NoError(t, received.Close())
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, "bar", string(text))
	})
	t.Run("_test_multiprocessing/TestInvalidHandle/test_invalid_handles", func(t *testing.T) {
		f := devNull(t)
		require.NoError(t, f.Close())
		_, err := FileConnection(f)
		require.ErrorIs(t, err, fs.ErrClosed)
		_, err = FileConnection(nil)
		require.Error(t, err)
		nowhere := os.NewFile(44977608, "nowhere")
		_, err = FileConnection(nowhere)
		require.ErrorIs(t, err, syscall.EBADF)
		nowhere.Close()
	})
	t.Run("_test_multiprocessing/ChallengeResponseTest/test_challengeresponse", func(t *testing.T) {
		key := []byte("a secret between the two")
		old := Options{AuthKey: key, AllowMD5: true}
		for _, algorithm := range []string{"", md5Mark, sha256Mark} {
			e := connections[0].New(t)
			message := []byte(algorithm + "is-twenty-bytes-long")
			answered := make(chan error, 1)
			go func() { answered <- answer(t.Context(), e.to, old) }()
			require.NoError(t, e.from.SendBytes(t.Context(), append([]byte(challengeMark), message...)))
			response, err := e.from.RecvBytes(t.Context())
			require.NoError(t, err)
			require.NoError(t, e.from.SendBytes(t.Context(), []byte(welcome)))
			require.NoError(t, <-answered)
			require.True(t, bytes.HasPrefix(response, []byte(algorithm)))
			require.True(t, proves(response, message, old))
			require.Equal(t, algorithm == sha256Mark, proves(response, message, Options{AuthKey: key}))
			require.False(t, proves(response, message, Options{AuthKey: []byte("another"), AllowMD5: true}))
			require.False(t, proves(response, append(message, '!'), old))
		}
	})
	t.Run("_test_multiprocessing/TestIgnoreEINTR/test_ignore", func(t *testing.T) {
		// Signals interrupt neither a receive that waits nor a send that blocks.
		e := connections[0].New(t)
		sent := make(chan error, 1)
		go func() { sent <- e.from.SendBytes(t.Context(), make([]byte, 4<<20)) }()
		pester(t, 20)
		large, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Len(t, large, 4<<20)
		require.NoError(t, <-sent)
		answered := make(chan error, 1)
		go func() {
			n, err := Recv[int](t.Context(), e.to)
			if err == nil && n != 1234 {
				err = io.ErrNoProgress
			}
			answered <- err
		}()
		pester(t, 20)
		require.NoError(t, Send(t.Context(), e.from, 1234))
		require.NoError(t, <-answered)
	})
	t.Run("_test_multiprocessing/TestIgnoreEINTR/test_ignore_listener", func(t *testing.T) {
		l := listen(t, Options{})
		accepted := make(chan error, 1)
		go func() {
			c, err := l.Accept(t.Context())
			if err == nil {
				err = Send(t.Context(), c, "welcome")
				c.Close()
			}
			accepted <- err
		}()
		pester(t, 20)
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		text, err := Recv[string](t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, "welcome", text)
		require.NoError(t, <-accepted)
	})
}

// devNull returns a file that is closed with the test.
func devNull(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// pester sends this process n signals that it takes.
func pester(t *testing.T, n int) {
	t.Helper()
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, syscall.SIGUSR1)
	defer signal.Stop(taken)
	for range n {
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
		<-taken
	}
}
