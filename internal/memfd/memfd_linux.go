package memfd

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Create returns a file of memory with size zero bytes, not inherited by processes
// that start meanwhile. The name is for debuggers. It allocates nothing of the
// memory: see [Reserve]. The caller closes the file.
//
// The error is syscall.EFBIG for a size beyond this process's limit of file sizes,
// where the system would send a fatal signal.
func Create(name string, size int) (*os.File, error) {
	if err := fits(size); err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if size > 0 {
		if err = f.Truncate(int64(size)); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// Fits reports whether this process may write to a file up to size bytes. Beyond its limit
// of file sizes the system would send a fatal signal.
func Fits(size int) bool { return fits(size) == nil }

// fits returns an error if a file may not have size bytes.
func fits(size int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	if limit.Cur < uint64(size) {
		return os.NewSyscallError("memfd_create", syscall.EFBIG)
	}
	return nil
}

// Seals say what can no longer be done to a file of memory, by any process.
type Seals int

// The seals of a file of memory.
const (
	NoShrink Seals = unix.F_SEAL_SHRINK // an access to mapped memory behind the file's end is a fatal signal
	NoGrow   Seals = unix.F_SEAL_GROW
	NoWrite  Seals = unix.F_SEAL_WRITE // cannot be set while the file is mapped to be written
	NoSeals  Seals = unix.F_SEAL_SEAL  // forbids more seals
)

// FixedSize seals the size of a file of memory, as memory needs it that is mapped.
const FixedSize = NoShrink | NoGrow | NoSeals

// Frozen seals the size and the contents of a file of memory.
const Frozen = FixedSize | NoWrite

// Seal adds seals to f.
func Seal(f *os.File, seals Seals) error {
	return control(f, func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, int(seals))
		return os.NewSyscallError("fcntl", err)
	})
}

// SealsOf returns the seals of f. The error is syscall.EINVAL if f is no file of memory.
func SealsOf(f *os.File) (seals Seals, err error) {
	err = control(f, func(fd int) error {
		n, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
		seals = Seals(n)
		return os.NewSyscallError("fcntl", err)
	})
	return seals, err
}

// Reserve allocates the first size bytes of f's memory, and makes f that large if it
// is smaller. Memory that is missing later is not an error but a fatal signal to
// whichever process touches it. The error is syscall.ENOSPC or ENOMEM if there is not
// enough.
func Reserve(f *os.File, size int) error {
	return control(f, func(fd int) error {
		for {
			if err := unix.Fallocate(fd, 0, 0, int64(size)); err != syscall.EINTR {
				return os.NewSyscallError("fallocate", err)
			}
		}
	})
}

// Punch gives n bytes of f's memory, from an offset, back to the system. They are zero
// from then on, and allocated when they are written.
func Punch(f *os.File, offset int64, n int) error {
	return control(f, func(fd int) error {
		return os.NewSyscallError("fallocate", unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, offset, int64(n)))
	})
}

// Filled reports whether n bytes of f, from an offset, have been written: none of them
// would be allocated by being read.
func Filled(f *os.File, offset int64, n int) bool {
	hole, err := f.Seek(offset, unix.SEEK_HOLE)
	return err == nil && hole >= offset+int64(n)
}

// Map maps the first size bytes of f to be read and written. They stay mapped when f
// is closed, until [Unmap]. The bytes beyond f's end must not be touched.
func Map(f *os.File, size int) (mem []byte, err error) { return MapAt(f, 0, size) }

// MapAt is Map for size bytes from an offset, a multiple of the size of a page.
func MapAt(f *os.File, offset int64, size int) (mem []byte, err error) {
	err = control(f, func(fd int) error {
		// Not unix.Mmap, which has one lock for the process.
		p, err := unix.MmapPtr(fd, offset, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return os.NewSyscallError("mmap", err)
		}
		mem = unsafe.Slice((*byte)(p), size)
		return nil
	})
	return mem, err
}

// Unmap ends the mapping that [Map] has returned, which must not be touched any
// more.
func Unmap(mem []byte) error {
	err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(mem)), uintptr(len(mem)))
	return os.NewSyscallError("munmap", err)
}

// control calls do with f's descriptor, which is not closed meanwhile. (Fd would make
// it block from then on.)
func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if raw.Control(func(fd uintptr) { failed = do(int(fd)) }) != nil {
		return fmt.Errorf("%s: %w", f.Name(), os.ErrClosed)
	}
	return failed
}
