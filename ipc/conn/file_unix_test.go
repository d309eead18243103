//go:build unix

package conn

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

func TestConformanceSendFile(t *testing.T) {
	for _, backend := range connections {
		e := backend.New(t)
		if !e.duplex {
			continue
		}
		t.Run(backend.Name, func(t *testing.T) {
			t.Run("_test_multiprocessing/TestConnection/test_fd_transfer", func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "file")
				f, err := os.Create(path)
				require.NoError(t, err)
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("before")))
				require.NoError(t, e.from.SendFile(t.Context(), f))
				require.NoError(t, f.Close())
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("after")))
				got, err := e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				require.Equal(t, "before", string(got))
				received, err := e.to.RecvFile(t.Context())
				require.NoError(t, err)
				require.Equal(t, path, received.Name())
				_, err = received.WriteString("written by the other end")
				require.NoError(t, err)
				require.NoError(t, received.Close())
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, "written by the other end", string(text))
				got, err = e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				require.Equal(t, "after", string(got))
			})
			t.Run("_test_multiprocessing/TestConnection/test_missing_fd_transfer", func(t *testing.T) {
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("no file")))
				_, err := e.to.RecvFile(t.Context())
				require.ErrorIs(t, err, ErrNoFile)
				require.EqualError(t, err, "conn: the message is not a file but has 7 bytes")
			})
			t.Run("a file that is not taken is closed", func(t *testing.T) {
				r, w, err := os.Pipe()
				require.NoError(t, err)
				defer r.Close()
				require.NoError(t, e.from.SendFile(t.Context(), w))
				w.Close()
				_, err = e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				_, err = r.Read(make([]byte, 1))
				require.Equal(t, io.EOF, err, "a descriptor of the pipe is still open")
			})
			t.Run("a connection through a connection", func(t *testing.T) {
				a, b, err := Pipe()
				require.NoError(t, err)
				defer a.Close()
				f, err := b.File()
				require.NoError(t, err)
				b.Close()
				require.NoError(t, e.from.SendFile(t.Context(), f))
				f.Close()
				received, err := e.to.RecvFile(t.Context())
				require.NoError(t, err)
				c, err := FileConnection(received)
				received.Close()
				require.NoError(t, err)
				defer c.Close()
				require.NoError(t, Send(t.Context(), c, 42))
				n, err := Recv[int](t.Context(), a)
				require.NoError(t, err)
				require.Equal(t, 42, n)
			})
			t.Run("a file that came is not inherited, and closed with the connection", func(t *testing.T) {
				e := backend.New(t)
				r, w, err := os.Pipe()
				require.NoError(t, err)
				defer r.Close()
				require.NoError(t, e.from.SendBytes(t.Context(), nil))
				require.NoError(t, e.from.SendFile(t.Context(), w))
				w.Close()
				_, err = e.to.RecvBytes(t.Context()) // reads the file's message, too
				require.NoError(t, err)
				for _, fd := range e.to.in.files {
					flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
					require.NoError(t, err)
					require.NotZero(t, flags&unix.FD_CLOEXEC)
				}
				require.NoError(t, e.to.Close())
				e.from.Close()
				_, err = r.Read(make([]byte, 1))
				require.Equal(t, io.EOF, err, "a descriptor of the pipe is still open")
			})
			t.Run("closed", func(t *testing.T) {
				f, err := os.Open(os.DevNull)
				require.NoError(t, err)
				f.Close()
				require.ErrorIs(t, e.from.SendFile(t.Context(), f), fs.ErrClosed)
			})
		})
	}
}

// One end announces what it does not send, or sends what it does not announce.
func TestHostileFiles(t *testing.T) {
	t.Run("announced", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write(appendHead(nil, 0, true))
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorContains(t, err, "announced and has not come")
	})
	t.Run("not announced", func(t *testing.T) {
		e := connections[0].New(t)
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		fd := int(w.Fd())
		for range fds.MaxArrivals {
			require.NoError(t, syscall.Sendmsg(rawFd(t, e.from), []byte{0, 0, 0, 0}, syscall.UnixRights(fd), nil, 0))
			_, err = e.to.RecvBytes(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, syscall.Sendmsg(rawFd(t, e.from), []byte{0, 0, 0, 0}, syscall.UnixRights(fd), nil, 0))
		w.Close()
		_, err = e.to.RecvBytes(t.Context())
		require.ErrorIs(t, err, fds.ErrTooMany)
		_, err = r.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err, "a descriptor of the pipe is still open")
	})
	t.Run("lost", func(t *testing.T) {
		// There is no descriptor left for the first file when the beginning of its
		// message comes. The second is not mistaken for it.
		e := connections[0].New(t)
		file, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer file.Close()
		first := make([]byte, pieceSize-10-4)
		require.NoError(t, e.from.SendBytes(t.Context(), first))
		require.NoError(t, e.from.SendFile(t.Context(), file))
		require.NoError(t, e.from.SendFile(t.Context(), file))
		refill := starve(t)
		got, err := e.to.RecvBytes(t.Context())
		refill()
		require.NoError(t, err)
		require.Equal(t, first, got)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorContains(t, err, "announced and has not come")
	})
	t.Run("long name", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write([]byte{0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0})
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorAs(t, err, new(*TooLargeError))
	})
	t.Run("long message", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorAs(t, err, new(*TooLargeError))
	})
}

// A regular file is no connection.
func TestFileConnectionOfFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer f.Close()
	_, err = FileConnection(f)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.ErrorContains(t, err, f.Name())
}
