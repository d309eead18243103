package poll

import (
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioSignal is the real-time signal that a signalThread takes. Those up to 34 belong to
// C libraries. It is never delivered, since the only thread that gets it blocks it.
const ioSignal = unix.Signal(40)

// A signalThread is a goroutine on a thread of its own, to which the kernel sends the
// signals of descriptors. The thread ends with the goroutine, and takes its mask
// with it.
type signalThread struct {
	tid     int
	request chan time.Duration // how long to wait
	taken   chan takenSignals
	fds     []int32
}

// What a signalThread has taken.
type takenSignals struct {
	fds      []int32 // valid until the next take
	overflow bool    // signals of descriptors are missing
	woken    bool    // wake was called
}

func startSignalThread() (*signalThread, error) {
	s := &signalThread{request: make(chan time.Duration), taken: make(chan takenSignals)}
	started := make(chan error)
	go s.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

func (s *signalThread) stop() {
	close(s.request)
	<-s.taken
}

// take returns the signals that are queued, after it has waited for the first one for d,
// or forever if d is negative.
func (s *signalThread) take(d time.Duration) takenSignals {
	s.request <- d
	return <-s.taken
}

// wake ends a take, or the next one. SIGIO takes the place of a real-time signal that
// finds no room in the queue.
func (s *signalThread) wake() {
	if unix.Tgkill(os.Getpid(), s.tid, ioSignal) != nil {
		unix.Tgkill(os.Getpid(), s.tid, unix.SIGIO)
	}
}

// direct makes the kernel send the signals of fd's open file to the thread. flags are
// those of the file. The kernel sets O_ASYNC only if the file's driver sends signals.
func (s *signalThread) direct(fd int32, flags int) error {
	owner := fOwner{kind: ownerThread, id: int32(s.tid)}
	if err := setOwner(fd, &owner); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETSIG, int(ioSignal)); err != nil {
		return err
	}
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags|unix.O_ASYNC)
	if err == nil {
		if flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err == nil && flags&unix.O_ASYNC == 0 {
			err = ErrNotPollable
		}
	}
	if err != nil {
		s.undirect(fd)
	}
	return err
}

// undirect ends the signals of fd's open file, unless fd stands for another file now,
// whose signals are not the thread's.
func (s *signalThread) undirect(fd int32) {
	var owner fOwner
	if _, _, errno := unix.Syscall(unix.SYS_FCNTL, uintptr(fd), unix.F_GETOWN_EX, uintptr(unsafe.Pointer(&owner))); errno != 0 {
		return
	}
	if owner != (fOwner{ownerThread, int32(s.tid)}) {
		return
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err == nil {
		unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags&^unix.O_ASYNC)
	}
	unix.FcntlInt(uintptr(fd), unix.F_SETSIG, 0)
	setOwner(fd, &fOwner{kind: ownerThread})
}

// An fOwner is the kernel's struct f_owner_ex.
type fOwner struct{ kind, id int32 }

const ownerThread = 0 // F_OWNER_TID

func setOwner(fd int32, owner *fOwner) error {
	_, _, errno := unix.Syscall(unix.SYS_FCNTL, uintptr(fd), unix.F_SETOWN_EX, uintptr(unsafe.Pointer(owner)))
	if errno != 0 {
		return errno
	}
	return nil
}

// run answers requests until there are no more.
func (s *signalThread) run(started chan<- error) {
	runtime.LockOSThread() // for good: the goroutine's end is the thread's
	defer close(s.taken)
	set := signalSet(ioSignal, unix.SIGIO)
	s.tid = unix.Gettid()
	err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil)
	if started <- err; err != nil {
		return
	}
	for d := range s.request {
		s.taken <- s.receive(&set, d)
	}
}

// receive takes what is queued, having waited for the first signal for d.
func (s *signalThread) receive(set *unix.Sigset_t, d time.Duration) takenSignals {
	t := takenSignals{fds: s.fds[:0]}
	for {
		info, ok := nextSignal(set, d)
		if !ok {
			s.fds = t.fds
			return t
		}
		switch {
		case unix.Signal(info.signal) == unix.SIGIO:
			t.overflow, t.woken = true, true // either the kernel's or wake's
		case info.code > 0: // from the kernel
			t.fds = append(t.fds, info.fd)
		default:
			t.woken = true
		}
		d = 0
	}
}

// A signalInfo is the head of the kernel's siginfo_t as SIGIO fills it.
type signalInfo struct {
	signal, errno, code int32
	band                int
	fd                  int32
	_                   [100]byte // the kernel writes 128 bytes in all
}

// nextSignal takes one signal of the thread. It reports false after d, and also when
// another signal has interrupted it.
func nextSignal(set *unix.Sigset_t, d time.Duration) (info signalInfo, ok bool) {
	var limit *unix.Timespec
	if d >= 0 {
		ts := unix.NsecToTimespec(int64(d))
		limit = &ts
	}
	const setSize = 8 // bytes of the kernel's sigset_t
	_, _, errno := unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(limit)), setSize, 0, 0)
	return info, errno == 0
}

// signalSet returns the set of some signals.
func signalSet(signals ...unix.Signal) (set unix.Sigset_t) {
	const bits = 8 * int(unsafe.Sizeof(set.Val[0]))
	for _, s := range signals {
		set.Val[(int(s)-1)/bits] |= 1 << ((int(s) - 1) % bits)
	}
	return set
}
