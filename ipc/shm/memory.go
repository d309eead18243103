package shm

import (
	"fmt"
	"strings"
	"sync"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Memory is shared by processes: the one that made it with [NewMemory], and those that
// have received it or an object in it; or those that have called [OpenMemory]. Objects stay until the memory is gone; none is
// freed alone. All methods are safe for concurrent use.
type Memory struct {
	m *mem.Memory

	mu      sync.Mutex
	objects map[uint64]any // those that this process has, by offset, each once
}

// MemoryOptions are the choices of a [Memory]. The zero value of each field is its
// default.
type MemoryOptions struct {
	// Max is how many bytes the memory may grow to. It costs address space until it is
	// used. 0 means 1 GiB.
	Max int64

	// Processes is how many processes may have the memory at a time. 0 means 256, and
	// 1024 is the most. A slot costs 64 bytes.
	Processes int
}

const (
	defaultMax       = 1 << 30
	leastMax         = 1 << 20
	mostMax          = 1 << 46
	defaultProcesses = 256
	mostProcesses    = 1024
	maxName          = 200
)

// NewMemory returns a new memory without a name. It is gone with the last process that
// has it, however these end. It does not block.
//
// The error matches [ErrMemoryFull] if there is no memory to be had, and
// [errors.ErrUnsupported] on other systems than Linux and on machines of 32 bits.
// NewMemory panics if Max is neither 0 nor between 1 MiB and 64 TiB, if Processes is
// negative or above 1024, or if more than one MemoryOptions is given.
func NewMemory(options ...MemoryOptions) (*Memory, error) {
	m, err := mem.New(checked("NewMemory", options))
	if err != nil {
		return nil, fmt.Errorf("shm: NewMemory: %w", err)
	}
	return memoryOf(m), nil
}

// OpenMemory returns the memory with a name, for programs that are no relatives. The first
// call makes it, with the options; later ones find it as it is. The name is that of a
// file in /dev/shm that only this user may open. The memory stays, also when no process
// has it, until [RemoveMemory] is called or the machine restarts. It does not block.
//
// The memory that OpenMemory returns is whole, also if another process is just making it.
// Objects in it are found by the names that [ObjectOptions] give them.
//
// The error matches [ErrLayout] if there is a file of that name that is none of this
// package, or that other users may open; otherwise it is one of [NewMemory]. OpenMemory
// panics as NewMemory does, and if the name is empty, has more than 200 bytes, a slash or
// a NUL.
//
// Calls cost a system call more than in a memory without a name: they look whether the
// file is whole. A process of the same user can cut it short. Methods then return an
// error matching ErrLayout, or panic; a slice of an [Array] is a fatal signal.
func OpenMemory(name string, options ...MemoryOptions) (*Memory, error) {
	o := checked("OpenMemory", options)
	mustBeName("OpenMemory", name)
	m, err := mem.Open(name, o)
	if err != nil {
		return nil, fmt.Errorf("shm: OpenMemory(%q): %w", name, err)
	}
	return memoryOf(m), nil
}

// RemoveMemory takes the name from a memory. The processes that use it keep it; it is
// gone with the last of them. Later calls of [OpenMemory] make another. The error matches
// [os.ErrNotExist] if there is no memory of that name. RemoveMemory panics as OpenMemory
// does.
func RemoveMemory(name string) error {
	mustBeName("RemoveMemory", name)
	if err := mem.Remove(name); err != nil {
		return fmt.Errorf("shm: RemoveMemory(%q): %w", name, err)
	}
	return nil
}

// mustBeName panics if a file cannot have the name.
func mustBeName(caller, name string) {
	if name == "" || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
		panic(fmt.Sprintf("shm: %s: the name is %q, want 1 to %d bytes without slashes and NULs", caller, name, maxName))
	}
}

// Name returns the name under which this process has opened the memory, or "".
func (m *Memory) Name() string { return m.segment().Name() }

// checked returns what the options say.
func checked(caller string, options []MemoryOptions) mem.Options {
	o := optional.One("shm", caller, options)
	if o.Max == 0 {
		o.Max = defaultMax
	}
	if o.Processes == 0 {
		o.Processes = defaultProcesses
	}
	switch {
	case o.Max < leastMax || o.Max > mostMax:
		panic(fmt.Sprintf("shm: %s: Max is %d, want 0 (1 GiB) or %d to %d", caller, o.Max, leastMax, int64(mostMax)))
	case o.Processes < 1 || o.Processes > mostProcesses:
		panic(fmt.Sprintf("shm: %s: Processes is %d, want 0 (256) to %d", caller, o.Processes, mostProcesses))
	}
	return mem.Options{Max: o.Max, Processes: o.Processes}
}

// memories are those of this process, each once.
var memories struct {
	sync.Mutex
	of map[*mem.Memory]*Memory
}

func memoryOf(m *mem.Memory) *Memory {
	memories.Lock()
	defer memories.Unlock()
	if memories.of == nil {
		memories.of = map[*mem.Memory]*Memory{}
	}
	if memories.of[m] == nil {
		memories.of[m] = &Memory{m: m, objects: map[uint64]any{}}
	}
	return memories.of[m]
}

// MemoryStats describe a memory.
type MemoryStats struct {
	Bytes     int64 `json:"bytes"`     // reserved by all processes together
	Objects   int   `json:"objects"`   // made by all processes
	Processes int   `json:"processes"` // that have the memory
	Deaths    int64 `json:"deaths"`    // processes that died while they had it
}

// String returns the statistics with their names.
func (s MemoryStats) String() string {
	type fields MemoryStats
	return fmt.Sprintf("%+v", fields(s))
}

// Stats returns the statistics of the memory. It costs a look at each slot.
func (m *Memory) Stats() MemoryStats {
	s := m.segment()
	return MemoryStats{Bytes: s.Bytes(), Objects: s.Objects(), Processes: s.Processes(), Deaths: s.Deaths()}
}

// Close ends the use of the memory and of its objects in this process; others go on.
// Locks that this process holds are released as if it had died. Calls that wait fail
// with an error matching [ErrClosed], and so do later calls that return an error; other
// methods panic. Slices of arrays must not be used any more. Close may be called again;
// the error is always nil.
func (m *Memory) Close() error {
	memories.Lock()
	known := memories.of[m.m] == m
	delete(memories.of, m.m)
	memories.Unlock()
	if known {
		robust.Close(m.m)
	}
	return nil
}

// The end of a child of this process is told after its memories are in order.
func init() { child.OnReap(mem.SweepAll) }

// use panics if the memory was closed.
func (m *Memory) use(what string) {
	switch err := m.usable(); err {
	case nil:
	case errClosed:
		panic("shm: " + what + ": the memory is closed")
	default:
		panic("shm: " + what + ": " + strings.TrimPrefix(err.Error(), "shm: "))
	}
}

// usable returns why the memory cannot be used, if it was closed or its file was cut short.
func (m *Memory) usable() error {
	switch s := m.segment(); {
	case !s.Closed():
		return nil
	case s.Cut():
		return fmt.Errorf("shm: the file of the memory %q was cut short: %w", m.Name(), ErrLayout)
	}
	return errClosed
}

// segment returns the memory itself. It panics for a zero value, and for the lack of a
// memory, which an object has that is one.
func (m *Memory) segment() *mem.Memory {
	switch {
	case m == nil:
		panic("shm: a zero value is no object: the New functions make objects")
	case m.m == nil:
		panic("shm: Memory not made by NewMemory or OpenMemory")
	}
	return m.m
}

// errClosed is the error of a memory that was closed.
var errClosed = fmt.Errorf("shm: the memory is closed: %w", closed.Err)

// told returns err, or what usable says for the error of the rooms below.
func (m *Memory) told(err error) error {
	if err == closed.Err {
		return m.usable()
	}
	return err
}
