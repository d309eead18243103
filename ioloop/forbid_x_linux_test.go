package ioloop_test

import (
	"os"
	"os/exec"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// forbidRing makes io_uring_setup fail with EPERM in this process, as containers do.
func forbidRing() error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the system call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// Where io_uring is forbidden, RingMust says why, and RingTry does without: connections and
// files behave as before.
func TestForbiddenRing(t *testing.T) {
	if os.Getenv(withoutRing) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^(TestForbiddenRing|TestHalfClose|TestAbort|TestReset|TestWrite.*|TestData.*|TestPause.*|TestHandler.*|TestUnread.*|TestDetach.*|TestServe.*|TestConn.*|TestFile|TestWholeFiles|TestLines|TestStream.*)$")
		cmd.Env = append(os.Environ(), withoutRing+"=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return
	}
	l, err := ioloop.New(ioloop.Options{Ring: ioloop.RingMust})
	require.Nil(t, l)
	require.ErrorIs(t, err, unix.EPERM)
	require.ErrorContains(t, err, "RingMust: io_uring_setup")
	l, err = ioloop.New(ioloop.Options{Ring: ioloop.RingTry})
	require.NoError(t, err)
	require.False(t, l.Stats().Ring)
	require.NoError(t, l.Close())
}

// A ring waits for the poller, which needs a descriptor for that.
func TestRingNeedsADescriptor(t *testing.T) {
	for _, b := range []poll.Backend{poll.Select, poll.Poll} {
		p, err := poll.New(poll.Options{Backend: b})
		require.NoError(t, err)
		_, err = ioloop.New(ioloop.Options{Poller: p, Ring: ioloop.RingMust})
		require.ErrorContains(t, err, "poller of "+string(b))
		_, err = p.TryWait()
		require.ErrorIs(t, err, poll.ErrClosed)
	}
}
