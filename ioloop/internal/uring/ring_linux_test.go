package uring

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// running returns a ring that the test's goroutine enters, or skips the test where the
// system has none.
func running(t *testing.T, count, size int) *Ring {
	t.Helper()
	r, err := New(count, size)
	if err != nil {
		t.Skipf("no io_uring here: %v", err)
	}
	runtime.LockOSThread()
	t.Cleanup(func() {
		require.NoError(t, r.Stop())
		require.NoError(t, r.Close())
		runtime.UnlockOSThread()
	})
	require.NoError(t, r.Start())
	return r
}

// A diary keeps what it is told.
type diary struct{ told []Completion }

func (d *diary) Completed(c Completion) { d.told = append(d.told, c) }

// await enters the ring until d has been told n times.
func await(t *testing.T, r *Ring, d *diary, n int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(d.told) < n; {
		require.True(t, time.Now().Before(deadline), "told %d times of %d", len(d.told), n)
		require.NoError(t, r.Enter(time.Second))
		r.Dispatch()
	}
	require.Len(t, d.told, n)
}

func sockets(t *testing.T) (here, there int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(p[0]); unix.Close(p[1]) })
	return p[0], p[1]
}

func TestRecvAgainAndAgain(t *testing.T) {
	r := running(t, 4, 64)
	here, there := sockets(t)
	d := &diary{}
	s := r.Attach(d)
	r.Recv(s, 3, here, r.Buffers())
	for i, text := range []string{"one", "another", "the last"} {
		_, err := unix.Write(there, []byte(text))
		require.NoError(t, err)
		await(t, r, d, i+1)
		c := d.told[i]
		require.Equal(t, uint8(3), c.Kind)
		require.True(t, c.More())
		require.True(t, c.HasBuffer())
		require.Equal(t, text, string(r.Buffers().Bytes(c)))
		r.Buffers().GiveBack(c)
	}
	require.Equal(t, 1, r.Flying(s))
	require.NoError(t, unix.Shutdown(there, unix.SHUT_WR))
	await(t, r, d, 4)
	require.False(t, d.told[3].More())
	require.Zero(t, d.told[3].Result)
	require.NoError(t, d.told[3].Err)
	r.Detach(s)
}

// The kernel is out of buffers: it says so, and what came waits for the next Recv.
func TestNoBuffer(t *testing.T) {
	r := running(t, 2, 4)
	here, there := sockets(t)
	d := &diary{}
	s := r.Attach(d)
	_, err := unix.Write(there, []byte("0123456789ab"))
	require.NoError(t, err)
	r.Recv(s, 0, here, r.Buffers())
	await(t, r, d, 3)
	require.Equal(t, syscall.ENOBUFS, d.told[2].Err)
	require.False(t, d.told[2].More())
	for _, c := range d.told[:2] {
		r.Buffers().GiveBack(c)
	}
	r.Recv(s, 0, here, r.Buffers())
	await(t, r, d, 4)
	require.Equal(t, "89ab", string(r.Buffers().Bytes(d.told[3])))
	require.NoError(t, r.Settle(s))
}

func TestSendAndPoll(t *testing.T) {
	r := running(t, 2, 64)
	here, there := sockets(t)
	d := &diary{}
	s := r.Attach(d)
	r.Poll(s, 1, there, unix.POLLIN)
	require.NoError(t, r.Enter(0))
	require.Zero(t, r.Dispatch())
	r.Send(s, 2, here, []byte("hello"))
	await(t, r, d, 2)
	require.Equal(t, uint8(2), d.told[0].Kind)
	require.Equal(t, 5, d.told[0].Result)
	require.Equal(t, uint8(1), d.told[1].Kind)
	require.NotZero(t, d.told[1].Result&unix.POLLIN)
	r.Detach(s)
}

func TestFile(t *testing.T) {
	r := running(t, 2, 64)
	d := &diary{}
	s := r.Attach(d)
	name := append([]byte(filepath.Join(t.TempDir(), "file")), 0)
	r.Open(s, 0, name, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	await(t, r, d, 1)
	require.NoError(t, d.told[0].Err)
	fd := d.told[0].Result
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	r.Write(s, 1, fd, []byte("0123456789"), 5)
	await(t, r, d, 2)
	require.Equal(t, 10, d.told[1].Result)
	r.Sync(s, 2, fd)
	await(t, r, d, 3)
	require.NoError(t, d.told[2].Err)
	p := make([]byte, 20)
	r.Read(s, 3, fd, p, 4)
	await(t, r, d, 4)
	require.Equal(t, "\x000123456789", string(p[:d.told[3].Result]))
	r.Open(s, 0, []byte("/nowhere/at/all\x00"), unix.O_RDONLY, 0)
	await(t, r, d, 5)
	require.Equal(t, syscall.ENOENT, d.told[4].Err)
	r.Detach(s)
}

// Enter ends in its time, and not before.
func TestEnterEndsInTime(t *testing.T) {
	r := running(t, 2, 64)
	for _, d := range []time.Duration{time.Microsecond, time.Millisecond, 20 * time.Millisecond} {
		start := time.Now()
		require.NoError(t, r.Enter(d))
		require.GreaterOrEqual(t, time.Since(start), d)
	}
}

// Settle ends what is under way in one slot, and leaves the others alone.
func TestSettle(t *testing.T) {
	r := running(t, 4, 64)
	a, b := &diary{}, &diary{}
	here, there := sockets(t)
	s := r.Attach(a)
	r.Recv(s, 0, here, r.Buffers())
	other, far := sockets(t)
	o := r.Attach(b)
	r.Recv(o, 0, other, r.Buffers())
	require.NoError(t, r.Enter(0))
	for _, fd := range []int{there, far} {
		_, err := unix.Write(fd, []byte("text"))
		require.NoError(t, err)
	}
	require.NoError(t, r.Settle(s))
	require.Zero(t, r.Flying(s))
	require.Empty(t, b.told, "told of its own completions only")
	require.Equal(t, syscall.ECANCELED, a.told[len(a.told)-1].Err)
	if len(a.told) == 1 { // what had come is still there
		n, err := unix.Read(here, make([]byte, 8))
		require.NoError(t, err)
		require.Equal(t, 4, n)
	} else {
		require.Equal(t, "text", string(r.Buffers().Bytes(a.told[0])))
	}
	r.Detach(s)
	await(t, r, b, 1)
	require.Equal(t, "text", string(r.Buffers().Bytes(b.told[0])))
}

// After Stop another thread may start the ring. What is begun meanwhile waits, and what was
// received is not lost.
func TestStopAndStart(t *testing.T) {
	r, err := New(4, 64)
	if err != nil {
		t.Skipf("no io_uring here: %v", err)
	}
	here, there := sockets(t)
	d := &diary{}
	s := r.Attach(d)
	r.Recv(s, 0, here, r.Buffers())
	for i := range 3 {
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // and the thread ends with the goroutine
			err := r.Start()
			if err == nil {
				unix.Write(there, []byte{byte(i)})
				for err == nil && len(d.told) < 2*i+1 {
					err = r.Enter(time.Second)
					r.Dispatch()
				}
			}
			if err == nil {
				err = r.Stop()
			}
			done <- err
		}()
		require.NoError(t, <-done)
		require.Len(t, d.told, 2*i+2)
		require.Equal(t, []byte{byte(i)}, r.Buffers().Bytes(d.told[2*i]))
		require.Equal(t, syscall.ECANCELED, d.told[2*i+1].Err)
		r.Recv(s, 0, here, r.Buffers())
	}
	require.NoError(t, r.Settle(s))
	r.Detach(s)
	require.NoError(t, r.Close())
}

// More operations than the queue holds.
func TestMoreThanThereIsRoomFor(t *testing.T) {
	r := running(t, 2, 64)
	d := &diary{}
	s := r.Attach(d)
	here, _ := sockets(t)
	const n = 10_000
	for range n {
		r.Poll(s, 0, here, unix.POLLOUT)
	}
	await(t, r, d, n)
	r.Detach(s)
}

// A slot that was given back is another one's: what is late for the old one is nobody's.
func TestStaleTag(t *testing.T) {
	r := running(t, 2, 64)
	d := &diary{}
	s := r.Attach(d)
	old := r.tag(s, 1)
	r.Detach(s)
	s = r.Attach(d)
	r.tell(completion{tag: old})
	require.Empty(t, d.told)
	require.Panics(t, func() { r.Poll(s, 0, 0, 0); r.Detach(s) })
}

// Stop ends thousands of operations, of many slots or of one.
func TestStopOfMany(t *testing.T) {
	for _, slots := range []int{1, 5000} {
		r := running(t, 2, 64)
		here, _ := sockets(t)
		d := &diary{}
		all := make([]Slot, slots)
		for i := range all {
			all[i] = r.Attach(d)
		}
		const n = 5000
		for i := range n {
			r.Poll(all[i%slots], uint8(i%3), here, unix.POLLIN)
		}
		require.NoError(t, r.Enter(0))
		require.NoError(t, r.Stop())
		require.Len(t, d.told, n)
		for _, c := range d.told {
			require.Equal(t, syscall.ECANCELED, c.Err)
		}
		for _, s := range all {
			r.Detach(s)
		}
		require.NoError(t, r.Start())
	}
}

// A ring gives slots back that only a peak has needed, and a slot that is there again is not
// told of what belonged to the one before.
func TestTrim(t *testing.T) {
	r := running(t, 2, 64)
	old, d := &diary{}, &diary{}
	all := make([]Slot, 1000)
	for i := range all {
		all[i] = r.Attach(old)
	}
	stale := r.tag(all[999], 3)
	require.False(t, r.Spare())
	for i, s := range all {
		if i != 10 && i != 500 {
			r.Detach(s)
		}
	}
	require.True(t, r.Spare())
	r.Trim()
	require.False(t, r.Spare(), "there is nothing more to give back")
	require.Len(t, r.slots, 501)
	require.LessOrEqual(t, cap(r.slots), 1000)
	require.Len(t, r.free, 499)
	require.Equal(t, all[0], r.Attach(d), "the lowest is next")
	r.Detach(all[500])
	for r.Attach(d) < 500 {
	}
	for s := Slot(0); s < 999; {
		s = r.Attach(d)
	}
	r.tell(completion{tag: stale})
	require.Empty(t, d.told)
	for s := range r.slots {
		r.Detach(Slot(s))
	}
	require.True(t, r.Spare())
	r.Trim()
	require.Empty(t, r.slots)
	require.False(t, r.Spare())
}
