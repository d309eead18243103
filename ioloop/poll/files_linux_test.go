package poll_test

import (
	"os"
	"os/signal"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A signal that interrupts the system call does not end the Wait.
func TestInterrupted(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGUSR1)
	defer signal.Stop(caught)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := unix.Gettid()
	each(t, func(t *testing.T, p *poll.Poller) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread = unix.Gettid()
		done := make(chan struct{})
		var wait sync.WaitGroup
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond):
					unix.Tgkill(unix.Getpid(), thread, unix.SIGUSR1)
				}
			}
		})
		for range 3 {
			blocks(t, p)
		}
		close(done)
		wait.Wait()
	})
}

// What the kernel goes on reporting although nothing can remove it does not keep a Wait
// from sleeping: a poller that waits for this one sees that.
func TestDuplicateKeepsNobodyAwake(t *testing.T) {
	p := open(t, poll.Options{Backend: poll.Epoll})
	live, far := sockets(t)
	token := add(t, p, live, r)
	for range 3 {
		fd, _ := sockets(t)
		dup, err := unix.Dup(fd)
		require.NoError(t, err)
		own(t, dup)
		old := add(t, p, fd, w)
		shut(t, fd)
		require.True(t, readable(t, p.FD()), "the kernel reports the file by its duplicate")
		require.Len(t, next(t, p), 1)
		require.NoError(t, p.Remove(old))
		require.Empty(t, now(t, p))
		require.False(t, readable(t, p.FD()))
	}
	write(t, far, "data")
	require.True(t, readable(t, p.FD()))
	require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
	require.Equal(t, "data", read(t, live))
	p.Wake() // does not need the descriptor as long as nobody waits
	_, err := p.Wait(t.Context())
	require.NoError(t, err)
	blocks(t, p)
}

// readable asks poll(2).
func readable(t *testing.T, fd int) bool {
	t.Helper()
	list := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(list, 0)
	require.NoError(t, err)
	return n > 0
}

// The queue of real-time signals overflows, and nothing is missed.
func TestSigioOverflow(t *testing.T) {
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_SIGPENDING, &limit))
	tight := limit
	tight.Cur = 2
	p := open(t, poll.Options{Backend: poll.Sigio})
	ends := map[int]int{}
	for range 20 {
		in, out := pipe(t)
		add(t, p, in, r)
		ends[in] = out
	}
	require.Empty(t, now(t, p))
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_SIGPENDING, &tight))
	defer func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_SIGPENDING, &limit)) }()
	for _, out := range ends {
		write(t, out, "data")
	}
	found := next(t, p)
	require.Len(t, found, 20)
	p.Wake() // SIGIO takes the place of the signal that finds no room
	p.Wake()
}

// An eventfd's driver sends no signals: Sigio refuses it.
func TestSigioRefuses(t *testing.T) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	require.NoError(t, err)
	own(t, fd)
	p := open(t, poll.Options{Backend: poll.Sigio})
	_, err = p.Add(fd, r)
	require.ErrorIs(t, err, poll.ErrNotPollable)
}

// Files that tell of what is no stream: a timer, an eventfd, a process, an inotify.
func TestOtherFiles(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		if p.Backend() == poll.Sigio {
			t.Skip("their drivers send no signals")
		}
		timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
		require.NoError(t, err)
		own(t, timer)
		event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		require.NoError(t, err)
		own(t, event)
		tokens := map[int]poll.Token{timer: add(t, p, timer, r), event: add(t, p, event, r)}
		require.Empty(t, now(t, p))
		require.NoError(t, unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(1e6)}, nil))
		require.Equal(t, []poll.Event{{Token: tokens[timer], Events: r}}, next(t, p))
		read(t, timer)
		write(t, event, "\x01\x00\x00\x00\x00\x00\x00\x00")
		require.Equal(t, []poll.Event{{Token: tokens[event], Events: r}}, next(t, p))

		child, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
		require.NoError(t, err)
		require.NoError(t, child.WithHandle(func(handle uintptr) {
			require.NoError(t, p.Remove(tokens[event]))
			token := add(t, p, int(handle), r)
			require.Equal(t, token, next(t, p)[0].Token)
			require.NoError(t, p.Remove(token))
		}))
		_, err = child.Wait()
		require.NoError(t, err)
	})
}

// A thread that waits by signals ends with its poller.
func TestSigioThreadEnds(t *testing.T) {
	threads := func() int {
		names, err := os.ReadDir("/proc/self/task")
		require.NoError(t, err)
		return len(names)
	}
	for range 5 {
		open(t, poll.Options{Backend: poll.Sigio}).Close()
	}
	before := threads()
	for range 50 {
		require.NoError(t, open(t, poll.Options{Backend: poll.Sigio}).Close())
	}
	require.Less(t, threads(), before+25)
}
