//go:build unix && !aix

package poll

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/internal/fdtable"
)

// A scan is what backends have in common that look at each descriptor during each wait.
type scan struct {
	registry *registry
	waker    waker
	files    fdtable.Table[identity] // what was registered, to tell a number that is used again
}

// An identity tells open files apart as far as stat can.
type identity struct{ dev, ino uint64 }

func newScan(r *registry) (scan, error) {
	w, err := newWaker()
	return scan{registry: r, waker: w}, err
}

// identify returns the identity of a descriptor that can be waited for.
func identify(fd int32) (identity, error) {
	var st unix.Stat_t
	if err := ignoringEINTR(func() error { return unix.Fstat(int(fd), &st) }); err != nil {
		return identity{}, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFBLK:
		return identity{}, ErrNotPollable
	}
	return identity{uint64(st.Dev), uint64(st.Ino)}, nil
}

func (s *scan) add(t Token, want Events, taken bool) error {
	if want&Edge != 0 {
		return errNoEdge
	}
	id, err := identify(t.fd)
	switch {
	case err != nil:
		return err
	case taken && s.files.Get(t.fd) == id && !s.registry.get(t.fd).gone:
		return fs.ErrExist
	}
	s.files.Put(t.fd, id)
	return nil
}

func (s *scan) modify(t Token, want Events) error {
	if want&Edge != 0 {
		return errNoEdge
	}
	id, err := identify(t.fd)
	if err == nil && s.files.Get(t.fd) != id {
		return unix.EBADF // closed behind our back, and the number stands for another file
	}
	return err
}

func (s *scan) remove(t Token) { s.files.Put(t.fd, identity{}) }

// emptied returns list without its elements. It drops the memory of a list that was much
// longer than one for all registrations will be.
func emptied[T any](r *registry, list []T) []T {
	if cap(list) > keptList && cap(list) > 4*(r.table.Len()+1) {
		return nil
	}
	return list[:0]
}

// keptList is the room of a list that is kept, however few registrations are left.
const keptList = 256

func (s *scan) wake()         { s.waker.wake() }
func (s *scan) rescans() bool { return true }
func (s *scan) stale()        {}
func (s *scan) fd() int       { return -1 }
func (s *scan) close() error  { return s.waker.close() }

var errNoEdge = errors.Join(errors.New("no edge-triggered mode"), errors.ErrUnsupported)

// ignoringEINTR calls f until a signal does not interrupt it.
func ignoringEINTR(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
