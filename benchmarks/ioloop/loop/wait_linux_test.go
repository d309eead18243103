package loop_test

import (
	"context"
	"fmt"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// BenchmarkWait waits for descriptors of which one is ready.
func BenchmarkWait(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("fds=%d", n), func(b *testing.B) {
			fds := descriptors(b, n)
			b.Run("impl=epoll_wait", func(b *testing.B) { bare(b, fds) })
			b.Run("impl=fanfold", func(b *testing.B) { wait(b, fds, poll.Options{Backend: poll.Epoll}) })
			b.Run("impl=fanfold-poll", func(b *testing.B) { wait(b, fds, poll.Options{Backend: poll.Poll}) })
			b.Run("impl=fanfold-select", func(b *testing.B) { wait(b, fds, poll.Options{Backend: poll.Select, BigSelect: true}) })
		})
	}
}

// descriptors returns eventfds. The one in the middle is readable.
func descriptors(b *testing.B, n int) (fds []int) {
	b.Cleanup(func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	})
	for i := range n {
		ready := uint(0)
		if i == n/2 {
			ready = 1
		}
		fd, err := unix.Eventfd(ready, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			b.Skip(err)
		}
		fds = append(fds, fd)
	}
	return fds
}

func wait(b *testing.B, fds []int, o poll.Options) {
	p, err := poll.New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for _, fd := range fds {
		if _, err := p.Add(fd, poll.Readable); err != nil {
			b.Fatal(err)
		}
	}
	ctx, found := context.Background(), 0
	count := func(poll.Event) bool { found++; return true }
	for b.Loop() {
		events, err := p.Wait(ctx)
		if err != nil {
			b.Fatal(err)
		}
		events(count)
	}
	if found != b.N {
		b.Errorf("%d events in %d waits", found, b.N)
	}
}

func bare(b *testing.B, fds []int) {
	poller, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(poller)
	for _, fd := range fds {
		if err := unix.EpollCtl(poller, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}); err != nil {
			b.Fatal(err)
		}
	}
	events := make([]unix.EpollEvent, 128)
	for b.Loop() {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(poller), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		if n != 1 || errno != 0 {
			b.Fatal(n, errno)
		}
	}
}
