package ioloop_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func TestSignal(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		caught := make(chan struct{}, 10)
		var stop func()
		on(t, l, func() { stop = l.Signal(unix.SIGUSR2, func() { caught <- struct{}{} }) })
		for range 3 {
			require.NoError(t, unix.Kill(unix.Getpid(), unix.SIGUSR2))
			<-caught
		}
		require.Equal(t, 1, l.Stats().Watches)
		stop()
		stop()
		require.Eventually(t, func() bool { return l.Stats().Watches == 0 }, patience, time.Millisecond)
		// One that is left ends with the loop.
		on(t, l, func() { l.Signal(unix.SIGUSR2, func() {}) })
	})
}

// Children are reaped, each with its own status, and no thread waits for them.
func TestChildren(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		const n = 50
		ended := make(chan int, n)
		for i := range n {
			cmd := exec.Command("sh", "-c", "exit "+strconv.Itoa(i))
			require.NoError(t, cmd.Start())
			on(t, l, func() {
				require.NoError(t, l.Child(cmd.Process, func(state *os.ProcessState, err error) {
					if err != nil || !state.Exited() {
						ended <- -1
						return
					}
					ended <- state.ExitCode()
				}))
			})
		}
		got := map[int]bool{}
		for range n {
			got[<-ended] = true
		}
		require.Len(t, got, n)
		require.False(t, got[-1])
		require.Zero(t, l.Stats().Watches)

		// Without a poller that takes its descriptor, a goroutine waits.
		quiet := running(t, poll.Sigio)
		cmd := exec.Command("sh", "-c", "kill -9 $$")
		require.NoError(t, cmd.Start())
		killed := make(chan bool, 1)
		on(t, quiet, func() {
			require.NoError(t, quiet.Child(cmd.Process, func(state *os.ProcessState, err error) {
				killed <- err == nil && state.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
			}))
		})
		require.True(t, <-killed)

		// One that is left when the loop is closed is the caller's.
		cmd = exec.Command("sleep", "60")
		require.NoError(t, cmd.Start())
		on(t, l, func() { require.NoError(t, l.Child(cmd.Process, func(*os.ProcessState, error) {})) })
		require.NoError(t, l.Close())
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	})
}

// Files that are no streams: inotify and a timer of the kernel.
func TestWatchOtherFiles(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		dir := t.TempDir()
		notify, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
		require.NoError(t, err)
		defer unix.Close(notify)
		_, err = unix.InotifyAddWatch(notify, dir, unix.IN_CREATE)
		require.NoError(t, err)
		seen := make(chan int, 1)
		var w *ioloop.Watch
		on(t, l, func() {
			w, err = l.Watch(notify, poll.Readable, func(poll.Events) {
				n, _ := unix.Read(notify, make([]byte, 4096))
				seen <- n
			})
			require.NoError(t, err)
		})
		require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
		require.Positive(t, <-seen)
		on(t, l, func() {
			_, err := l.Watch(notify, poll.Readable, func(poll.Events) {})
			require.ErrorContains(t, err, "exists")
			require.NoError(t, w.Modify(0))
			w.Stop()
			w.Stop()
			require.ErrorIs(t, w.Modify(poll.Readable), poll.ErrStale)
			_, err = l.Watch(-1, poll.Readable, func(poll.Events) {})
			require.ErrorIs(t, err, unix.EBADF)
			_, err = l.Watch(notify, poll.Readable, func(poll.Events) {})
			require.NoError(t, err)
		})
	})
}

// A connection that goroutines use by package net is watched without a goroutine of its own.
func TestWatchNetConn(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		defer ln.Close()
		client, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		server, err := ln.Accept()
		require.NoError(t, err)
		dead := make(chan poll.Events, 1)
		raw, err := server.(*net.TCPConn).SyscallConn()
		require.NoError(t, err)
		on(t, l, func() {
			require.NoError(t, raw.Control(func(fd uintptr) {
				var w *ioloop.Watch
				w, err = l.Watch(int(fd), poll.PeerClosed, func(is poll.Events) {
					w.Stop()
					dead <- is
				})
			}))
			require.NoError(t, err)
		})
		send(t, client, "data does not matter")
		require.NoError(t, client.Close())
		require.NotZero(t, <-dead&poll.PeerClosed)
		require.NoError(t, server.Close())
	})
}

// A pair of pseudo-terminals is a serial line. The end of the other side is the end of
// the stream.
func TestAdoptTerminal(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		master, slave := pty(t)
		j := newJournal()
		on(t, l, func() {
			_, err := l.Adopt(master, j.open)
			require.NoError(t, err)
		})
		conn := <-j.conn
		_, err := slave.WriteString("hello")
		require.NoError(t, err)
		require.Equal(t, "hello", <-j.data)
		on(t, l, func() {
			_, err := conn.Write([]byte("answer\n"))
			require.NoError(t, err)
			_, _, err = conn.Detach()
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.ErrorIs(t, conn.CloseWrite(), errors.ErrUnsupported)
		})
		b := make([]byte, 7)
		_, err = io.ReadFull(slave, b)
		require.NoError(t, err)
		require.Equal(t, "answer\n", string(b))
	})
}

func pty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		master.Close()
		t.Skip(err)
	}
	t.Cleanup(func() { slave.Close() })
	attr, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	attr.Lflag &^= unix.ECHO | unix.ICANON
	attr.Oflag &^= unix.OPOST
	require.NoError(t, unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, attr))
	return master, slave
}

// A named pipe and a terminal, which wait for others, keep neither a worker nor Close.
func TestFilesThatWait(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, unix.Mkfifo(fifo, 0o600))
	master, slave := pty(t)
	defer master.Close()
	poolAndRing(t, func(t *testing.T, l *ioloop.Loop) { filesThatWait(t, l, fifo, slave.Name()) })
}

func filesThatWait(t *testing.T, l *ioloop.Loop, fifo, terminal string) {
	_, err := l.ReadFile(t.Context(), fifo).Result(t.Context())
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = l.Open(t.Context(), fifo, os.O_RDWR, 0).Result(t.Context())
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = l.WriteFile(t.Context(), fifo, []byte("x"), 0).Result(t.Context())
	require.ErrorIs(t, err, unix.ENXIO)

	ctx, cancel := context.WithCancelCause(t.Context())
	reading := l.ReadFile(ctx, terminal)
	require.Eventually(t, func() bool { return reading.State() == concurrent.Running }, patience, time.Millisecond)
	cancel(errors.New("cause"))
	_, err = reading.Result(t.Context())
	require.ErrorContains(t, err, "cause")
	left := l.ReadFile(t.Context(), terminal)
	require.Eventually(t, func() bool { return left.State() == concurrent.Running }, patience, time.Millisecond)
	require.NoError(t, l.Close())
	_, err = left.Result(t.Context())
	require.Error(t, err)
}

// A file that does not block stays so: its connection's reads would block the loop.
func TestAdoptDoesNotBlock(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer w.Close()
		on(t, l, func() {
			c, err := l.Adopt(r, echo)
			require.NoError(t, err)
			flags, err := unix.FcntlInt(uintptr(c.FD()), unix.F_GETFL, 0)
			require.NoError(t, err)
			require.NotZero(t, flags&unix.O_NONBLOCK)
		})
	})
}

// What cannot be a connection is refused, and stays the caller's. O_NONBLOCK, which
// others see too, is as it was afterwards.
func TestAdoptFiles(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		file, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		defer file.Close()
		on(t, l, func() {
			_, err := l.Adopt(file, echo)
			require.ErrorIs(t, err, poll.ErrNotPollable)
		})
		_, err = file.WriteString("still open")
		require.NoError(t, err)

		var p [2]int
		require.NoError(t, unix.Pipe2(p[:], unix.O_CLOEXEC))
		r, w := os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
		other, err := unix.Dup(p[0])
		require.NoError(t, err)
		defer unix.Close(other)
		blocks := func() bool {
			flags, err := unix.FcntlInt(uintptr(other), unix.F_GETFL, 0)
			require.NoError(t, err)
			return flags&unix.O_NONBLOCK == 0
		}
		j := newJournal()
		on(t, l, func() {
			_, err := l.Adopt(r, j.open)
			require.NoError(t, err)
		})
		require.False(t, blocks())
		_, err = w.WriteString("by a pipe")
		require.NoError(t, err)
		require.Equal(t, "by a pipe", <-j.data)
		require.NoError(t, w.Close())
		<-j.eof
		conn := <-j.conn
		on(t, l, func() { conn.Close() })
		require.NoError(t, <-j.closed)
		require.Eventually(t, blocks, patience, time.Millisecond)
	})
}

// A socket that is no stream is refused, and stays the caller's.
func TestAdoptNoStream(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		defer ln.Close()
		datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer datagrams.Close()
		on(t, l, func() {
			for _, c := range []any{ln, datagrams} {
				_, err := l.Adopt(c.(syscall.Conn), echo)
				require.ErrorIs(t, err, errors.ErrUnsupported)
			}
		})
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		require.NoError(t, c.Close())
		failed := make(chan error, 1)
		l.Connect(t.Context(), "udp", datagrams.LocalAddr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
			failed <- err
			return nil
		})
		require.ErrorIs(t, <-failed, errors.ErrUnsupported)
	})
}

// The descriptors of a loop are gone when it is closed, also while others connect.
func TestCloseUnderLoad(t *testing.T) {
	for range 5 {
		l, err := ioloop.New()
		require.NoError(t, err)
		done := make(chan error)
		go func() { done <- l.Run(background) }()
		s, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for {
					c, err := net.Dial("tcp", s.Addr().String())
					if err != nil {
						return
					}
					io.WriteString(c, "x")
					c.Read(make([]byte, 1))
					c.Close()
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-done, ioloop.ErrClosed)
		clients.Wait()
		require.Zero(t, l.Stats().Conns)
	}
}
