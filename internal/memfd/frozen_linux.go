package memfd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrRefused is the error of [ReadFrozen] for a file that the other side should not
// have sent.
var ErrRefused = errors.New("the file was refused")

// Freeze returns a file of memory with data in it that no process can change. The
// caller closes it. Errors are those of [Create], and syscall.ENOSPC if there is not
// enough memory.
func Freeze(name string, data []byte) (*os.File, error) {
	if err := fits(len(data)); err != nil {
		return nil, err
	}
	f, err := Create(name, 0)
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(data); err == nil {
		err = Seal(f, Frozen)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFrozen returns a copy of what is in a file that [Freeze] made, in another
// process that need not be trusted. It is a copy, so that no access can be a fatal
// signal.
//
// The error matches [ErrRefused] if the file is not frozen, has more than limit bytes,
// or is not filled: a process cannot make this one allocate what it has not allocated
// itself.
func ReadFrozen(f *os.File, limit int) (data []byte, err error) {
	err = control(f, func(fd int) (err error) {
		data, err = readFrozen(fd, limit)
		return err
	})
	return data, err
}

func readFrozen(fd, limit int) ([]byte, error) {
	got, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil || Seals(got)&Frozen != Frozen {
		return nil, fmt.Errorf("%w: its seals are %#x (%v)", ErrRefused, got, err)
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	const block = 512
	if st.Size > int64(limit) || st.Blocks*block < st.Size {
		return nil, fmt.Errorf("%w: it has %d bytes, %d of them filled, and the limit is %d", ErrRefused, st.Size, st.Blocks*block, limit)
	}
	data := make([]byte, st.Size)
	for n := 0; n < len(data); {
		m, err := unix.Pread(fd, data[n:], int64(n))
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
	return data, nil
}
