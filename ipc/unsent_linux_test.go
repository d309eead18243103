package ipc_test

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
)

var sizeOf = ipc.Func("ipc_test.sizeOf", func(_ context.Context, f *os.File) (int64, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
})

// tooManyInFlight leaves so many descriptors on their way that the kernel refuses to send
// one more, from the calling goroutine's thread, which has no privileges from then on.
func tooManyInFlight(t *testing.T) {
	t.Helper()
	const limit = 300
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before))
	few := before
	few.Cur = limit
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few))
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) })
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { syscall.Close(pair[0]); syscall.Close(pair[1]) })
	list := make([]int, 200)
	for range 2 {
		if err := syscall.Sendmsg(pair[0], []byte{0}, syscall.UnixRights(list...), nil, 0); err != nil {
			require.Equal(t, syscall.ETOOMANYREFS, err)
		}
	}
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	require.NoError(t, unix.Capset(&header, &none[0]))
	if syscall.Sendmsg(pair[0], []byte{0}, syscall.UnixRights(0), nil, 0) == nil {
		t.Skip("the kernel does not bound what is on its way")
	}
}

// A call whose files the system refuses to send fails with that error, and waits for
// nothing; its worker goes on.
func TestFilesRefused(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer file.Close()
	before, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	t.Run("refused", func(t *testing.T) {
		tooManyInFlight(t)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := sizeOf.On(pool)(ctx, file)
		require.ErrorIs(t, err, syscall.ETOOMANYREFS)
		require.ErrorContains(t, err, "sizeOf")
	})
	_, err = sizeOf.On(pool)(t.Context(), file)
	require.NoError(t, err)
	after, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, before, after)
}
