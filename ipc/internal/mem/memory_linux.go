//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/memfd"
)

var (
	// ErrLayout is the error, wrapped, of a segment that this program cannot have made,
	// or of one that was written over.
	ErrLayout = errors.New("the memory has another layout")

	// ErrFull is the error, wrapped, of a segment that cannot have more bytes or more
	// processes.
	ErrFull = errors.New("the memory is full")
)

// Options are the choices of [New].
type Options struct {
	Max       int64 // bytes that it may grow to
	Processes int   // that may have it at a time
}

// A Memory is a segment that this process shares with others. All methods are safe for
// concurrent use, but [Memory.Close] is called when nothing uses the memory any more.
type Memory struct {
	file   *os.File
	name   string
	sealed bool   // against becoming shorter
	b      []byte // the mapping, of max bytes: beyond what is reserved it must not be touched
	h      *header
	id     [16]byte
	max    uint64 // as it was at first: the one in the header can be written over

	known atomic.Uint64 // bytes that the file was seen to have: what the header says can be written over
	slots []slot
	self  Owner // of this process

	looked atomic.Int64 // when look has looked, as a time.Duration since start

	guardian *guardian // its own, unless it is sealed
	cutting  sync.Mutex
	cut      atomic.Bool
	closed   atomic.Bool

	present sync.RWMutex // held by who sweeps: the slot must not go meanwhile
	left    atomic.Bool
}

// memories are those that this process has, each once.
var memories struct {
	sync.Mutex
	byID map[[16]byte]*Memory
	kept []*Memory // left, but a process that was stopped kept objects from forgetting this one: the end of this one will do
}

// New makes a segment. Its file has no name, and the segment is gone with the last
// process that has it. Errors match [ErrFull] or are the system's.
func New(o Options) (*Memory, error) {
	f, err := memfd.Create("fanfold", 0)
	if err != nil {
		return nil, err
	}
	if err = memfd.Seal(f, memfd.NoShrink|memfd.NoSeals); err != nil {
		f.Close()
		return nil, err
	}
	return fresh(f, o)
}

// fresh makes an empty file a segment that this process has. f is kept or closed.
func fresh(f *os.File, o Options) (*Memory, error) {
	slots := o.Processes + 1 // see enter
	first := headerSize + slots*slotSize
	if err := memfd.Reserve(f, first); err != nil {
		f.Close()
		return nil, full(err)
	}
	m, err := mapped(f, uint64(o.Max))
	if err != nil {
		f.Close()
		return nil, err
	}
	rand.Read(m.h.id[:])
	m.h.version, m.h.processes, m.h.max = version, uint32(slots), uint64(o.Max)
	m.h.grown.Store(uint64(first))
	m.h.next.Store(uint64(first))
	m.h.magic = magic
	memories.Lock()
	defer memories.Unlock()
	return m, m.join()
}

// Attach returns the memory in a file that [Memory.File] returned, here or in another
// process. f is kept or closed. The error matches [ErrLayout] if f is no such file.
func Attach(f *os.File) (*Memory, error) {
	var head [unsafe.Sizeof(header{})]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		f.Close()
		if err == io.EOF {
			err = fmt.Errorf("%w: the file has less than %d bytes", ErrLayout, len(head))
		}
		return nil, err
	}
	h := (*header)(unsafe.Pointer(&head))
	err := h.check(f)
	if err == nil {
		err = trusted(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	memories.Lock()
	defer memories.Unlock()
	if m := memories.byID[h.id]; m != nil {
		f.Close()
		return m, nil
	}
	m, err := mapped(f, h.max)
	if err != nil {
		f.Close()
		return nil, err
	}
	return m, m.join()
}

// Known returns the memory with an id, if this process has it.
func Known(id [16]byte) (*Memory, bool) {
	memories.Lock()
	defer memories.Unlock()
	m, ok := memories.byID[id]
	return m, ok
}

// ID returns what tells the memory from all others.
func (m *Memory) ID() [16]byte { return m.id }

// check returns an error if h, from the file f, is no header that this program can use.
func (h *header) check(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	first := headerSize + uint64(h.processes)*slotSize
	switch {
	case h.magic != magic:
		return fmt.Errorf("%w: it begins with %#x, want %#x", ErrLayout, h.magic, uint64(magic))
	case h.version != version:
		return fmt.Errorf("%w: it has version %d, want %d", ErrLayout, h.version, version)
	case h.processes < 2 || h.processes > maxProcesses+1 || h.max < first || h.max > 1<<46:
		return fmt.Errorf("%w: %d processes, %d bytes at most", ErrLayout, h.processes, h.max)
	case uint64(info.Size()) < first:
		return fmt.Errorf("%w: the file has %d bytes, want at least %d", ErrLayout, info.Size(), first)
	}
	return nil
}

// mapped maps f.
func mapped(f *os.File, size uint64) (*Memory, error) {
	b, err := memfd.Map(f, int(size))
	if err != nil {
		return nil, full(err)
	}
	m := &Memory{file: f, b: b, h: (*header)(unsafe.Pointer(&b[0])), max: size}
	_ = unix.Madvise(b, unix.MADV_DONTFORK) // C code may fork: that process would have a slot that is not its own
	seals, err := memfd.SealsOf(f)
	m.sealed = err == nil && seals&memfd.NoShrink != 0
	runtime.AddCleanup(m, func(b []byte) { _ = memfd.Unmap(b) }, b)
	return m, nil
}

// join takes a slot and makes m known, or gives everything back. memories is locked.
func (m *Memory) join() (err error) {
	m.id = m.h.id
	m.slots = unsafe.Slice((*slot)(unsafe.Pointer(&m.b[headerSize])), m.h.processes)
	if err = m.enter(); err != nil {
		m.file.Close()
		return err
	}
	if memories.byID == nil {
		memories.byID = map[[16]byte]*Memory{}
	}
	memories.byID[m.id] = m
	return nil
}

// File returns the file of the memory, for [Attach]. It is not closed by the caller.
func (m *Memory) File() *os.File { return m.file }

// Shut makes Closed true, ahead of Close.
func (m *Memory) Shut() { m.closed.Store(true) }

// Closed reports whether the memory was closed, or cut short: it must not be used then.
// That is a system call for a memory with a name.
func (m *Memory) Closed() bool { return m.closed.Load() || !m.sealed && m.Cut() }

// Close has every object forget this process, as after its death, and gives the
// process's slot back. Closing again does nothing. The bytes stay mapped until nothing
// here refers to the memory: what is just being done to them ends in peace.
func (m *Memory) Close() {
	m.Shut()
	memories.Lock()
	defer memories.Unlock()
	if memories.byID[m.id] != m {
		return
	}
	delete(memories.byID, m.id)
	cut := m.Cut()
	forgot := !cut && m.forget(m.self)
	m.present.Lock()
	defer m.present.Unlock()
	m.left.Store(true)
	switch {
	case cut: // there is no slot any more
		_ = m.guard(func(*guardian) (int, error) { return -1, nil })
	case forgot:
		m.exit()
	default:
		memories.kept = append(memories.kept, m)
	}
	m.file.Close()
}

// Bytes returns how many bytes of the memory are reserved.
func (m *Memory) Bytes() int64 { return int64(m.h.grown.Load()) }

// Populate has the kernel map the pages of b, which lies in the memory, at once. It costs
// far less than the faults of as many first touches. Where it is not possible, before
// Linux 5.14, it does nothing.
func (m *Memory) Populate(b []byte) {
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(&m.b[0]))
	first := begin &^ uintptr(os.Getpagesize()-1)
	_ = unix.Madvise(m.b[first:begin+uintptr(len(b))], unix.MADV_POPULATE_WRITE)
}

// Max returns how many bytes it may grow to.
func (m *Memory) Max() int64 { return int64(m.max) }

// Objects returns how many objects have been made.
func (m *Memory) Objects() int { return int(m.h.count.Load()) }

// Deaths returns how many processes have died and were swept.
func (m *Memory) Deaths() int64 { return int64(m.h.deaths.Load()) }

// full returns err, which matches [ErrFull] too if there was no space.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.ENOMEM) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// at returns what lies at an offset, which the caller has checked.
func at[T any](m *Memory, offset uint64) *T { return (*T)(unsafe.Pointer(&m.b[offset])) }
