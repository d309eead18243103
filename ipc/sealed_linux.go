package ipc

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Large bodies travel in sealed memory, whose descriptor is all that is sent: they are
// written once and read once, where a pipe would have both sides take turns forevery
// 64 KiB of them.

// The seals say that nobody can change the memory any more, nor its size.
const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// seal returns sealed memory with body in it; false if there is none, or no more.
func seal(body []byte) (*os.File, bool) {
	// Beyond the limit for files there is no error but a signal, which is fatal.
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) != nil || limit.Cur < uint64(len(body)) {
		return nil, false
	}
	fd, err := unix.MemfdCreate("fanfold-body", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, false
	}
	f := os.NewFile(uintptr(fd), "body")
	if _, err = f.Write(body); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		f.Close()
		return nil, false
	}
	return f, true
}

// unseal returns a copy of what is in sealed memory, of at most limit bytes. Whoever
// sent it need not be trusted: what is not sealed, or not filled, is refused, so that
// nobody has us allocate what he has not allocated himself.
func unseal(f *os.File, limit int) (body []byte, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	failed := raw.Control(func(fd uintptr) { body, err = readSealed(int(fd), limit) })
	if failed != nil {
		return nil, fds.RawError(failed)
	}
	return body, err
}

func readSealed(fd, limit int) ([]byte, error) {
	got, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil || got&seals != seals {
		return nil, fmt.Errorf("%w: a body in memory with seals %#x (%v)", errProtocol, got, err)
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	const block = 512
	if st.Size > int64(limit) || st.Blocks*block < st.Size {
		return nil, fmt.Errorf("%w: a body of %d bytes, %d of them there, the limit is %d", errProtocol, st.Size, st.Blocks*block, limit)
	}
	body := make([]byte, st.Size)
	for n := 0; n < len(body); {
		m, err := unix.Pread(fd, body[n:], int64(n))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return nil, os.NewSyscallError("pread", err)
		case m == 0:
			return nil, io.ErrUnexpectedEOF
		default:
			n += m
		}
	}
	return body, nil
}
