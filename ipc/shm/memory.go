package shm

import (
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Memory is shared by processes: the one that made it with [NewMemory], and those that
// have received it or an object in it. Objects stay until the memory is gone; none is
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
)

// NewMemory returns a new memory without a name. It is gone with the last process that
// has it, however these end. It does not block.
//
// The error matches [ErrMemoryFull] if there is no memory to be had, and
// [errors.ErrUnsupported] on other systems than Linux and on machines of 32 bits.
// NewMemory panics if Max is neither 0 nor between 1 MiB and 64 TiB, if Processes is
// negative or above 1024, or if more than one MemoryOptions is given.
func NewMemory(options ...MemoryOptions) (*Memory, error) {
	o := optional.One("shm", "NewMemory", options)
	if o.Max == 0 {
		o.Max = defaultMax
	}
	if o.Processes == 0 {
		o.Processes = defaultProcesses
	}
	switch {
	case o.Max < leastMax || o.Max > mostMax:
		panic(fmt.Sprintf("shm: NewMemory: Max is %d, want 0 (1 GiB) or %d to %d", o.Max, leastMax, int64(mostMax)))
	case o.Processes < 1 || o.Processes > mostProcesses:
		panic(fmt.Sprintf("shm: NewMemory: Processes is %d, want 0 (256) to %d", o.Processes, mostProcesses))
	}
	m, err := mem.New(mem.Options{Max: o.Max, Processes: o.Processes})
	if err != nil {
		return nil, fmt.Errorf("shm: NewMemory: %w", err)
	}
	return memoryOf(m), nil
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

// Stats returns the statistics of the memory. It costs a look at each slot.
func (m *Memory) Stats() MemoryStats {
	return MemoryStats{Bytes: m.m.Bytes(), Objects: m.m.Objects(), Processes: m.m.Processes(), Deaths: m.m.Deaths()}
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
	if m.m.Closed() {
		panic("shm: " + what + ": the memory is closed")
	}
}

// errClosed is the error of a memory that was closed.
var errClosed = fmt.Errorf("shm: the memory is closed: %w", closed.Err)

// closedError returns err, or errClosed for the error of the rooms below.
func closedError(err error) error {
	if err == closed.Err {
		return errClosed
	}
	return err
}
