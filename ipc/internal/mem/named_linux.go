//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/memfd"
)

// directory is where the files of memories with a name are.
const directory = "/dev/shm"

// pathOf returns the path of the memory with a name.
func pathOf(name string) string { return filepath.Join(directory, "fanfold-"+name) }

// Open returns the memory with a name, which has no slash. It is made, with the options,
// if there is none. It stays until [Remove]. Errors match [ErrFull], [ErrLayout] if
// there is a file of that name that is none of ours, or are the system's.
func Open(name string, o Options) (*Memory, error) {
	path := pathOf(name)
	for range 100 { // others may remove it just when it is opened
		f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err == nil {
			m, err := Attach(f)
			if err != nil {
				return nil, err
			}
			m.setName(name)
			return m, nil
		}
		if errors.Is(err, syscall.ELOOP) {
			return nil, fmt.Errorf("%w: %s is a symbolic link", ErrLayout, path)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		m, err := create(path, o)
		if err == nil {
			m.setName(name)
			return m, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s comes and goes", path)
}

// create makes a memory whole, and then gives it a path.
func create(path string, o Options) (*Memory, error) {
	fd, err := unix.Open(directory, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: directory, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	m, err := fresh(f, o)
	if err != nil {
		return nil, err
	}
	// A process that had it at once would find it under a path only.
	err = unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		m.Close()
		return nil, &os.LinkError{Op: "link", Old: "a new memory", New: path, Err: err}
	}
	return m, nil
}

// Remove takes the name from a memory: it is gone with the last process that has it. The
// error matches os.ErrNotExist if there is none.
func Remove(name string) error { return os.Remove(pathOf(name)) }

// Name returns the name under which this process has opened the memory, or "".
func (m *Memory) Name() string {
	memories.Lock()
	defer memories.Unlock()
	return m.name
}

func (m *Memory) setName(name string) {
	memories.Lock()
	defer memories.Unlock()
	m.name = name
}

// trusted returns an error unless f cannot be cut short: by nobody, or by nobody but this
// user, of whose files it is one.
func trusted(f *os.File) error {
	seals, err := memfd.SealsOf(f)
	if err == nil && seals&memfd.NoShrink != 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is no regular file", ErrLayout, f.Name())
	case int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%w: %s belongs to user %d, want %d", ErrLayout, f.Name(), stat.Uid, os.Geteuid())
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: %s has the mode %v, want one for its user only", ErrLayout, f.Name(), info.Mode())
	}
	return nil
}

// Cut reports whether the file of a memory with a name has become shorter. What is not
// there any more is a fatal signal to whoever touches it: so Cut puts zeros in its place,
// for those that wait. It is asked before a method begins and after each sleep.
func (m *Memory) Cut() bool {
	if m.sealed || m.left.Load() {
		return false
	}
	if m.cut.Load() {
		return true
	}
	info, err := m.file.Stat()
	if err == nil && uint64(info.Size()) >= max(m.known.Load(), m.first()) || m.left.Load() {
		return false
	}
	m.cutting.Lock()
	defer m.cutting.Unlock()
	if !m.cut.Load() {
		p := unsafe.Pointer(&m.b[0])
		_, err = unix.MmapPtr(-1, 0, p, uintptr(len(m.b)), unix.PROT_READ|unix.PROT_WRITE,
			unix.MAP_FIXED|unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
		m.cut.Store(err == nil)
	}
	return true
}
