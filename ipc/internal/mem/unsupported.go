//go:build !(linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x))

package mem

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Errors as on Linux, which nothing returns here.
var (
	ErrLayout = errors.New("the memory has another layout")
	ErrFull   = errors.New("the memory is full")
)

func unsupported() error {
	return fmt.Errorf("memory between processes on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}

// Options are the choices of [New].
type Options struct {
	Max       int64
	Processes int
}

// MaxName is how many bytes the name of an object may have.
const MaxName = 255

// A Memory is what [New] does not return here.
type Memory struct{}

// An Owner is a process in a memory.
type Owner struct {
	Slot       int
	Generation uint64
}

// New returns an error matching errors.ErrUnsupported.
func New(Options) (*Memory, error) { return nil, unsupported() }

// Attach returns an error matching errors.ErrUnsupported, and closes f.
func Attach(f *os.File) (*Memory, error) {
	f.Close()
	return nil, unsupported()
}

// A Rule is how an object forgets a process.
type Rule func(m *Memory, words unsafe.Pointer, size uint64, gone Owner) bool

// Open returns an error matching errors.ErrUnsupported.
func Open(string, Options) (*Memory, error) { return nil, unsupported() }

// Remove returns an error matching errors.ErrUnsupported.
func Remove(string) error { return unsupported() }

// Register does nothing.
func Register(uint32, Rule) {}

// SweepAll does nothing.
func SweepAll() {}

// Known returns false.
func Known([16]byte) (*Memory, bool) { return nil, false }

// What follows is never called: there is no Memory.

func (*Memory) ID() (id [16]byte)                            { return id }
func (*Memory) File() *os.File                               { return nil }
func (*Memory) Bytes() int64                                 { return 0 }
func (*Memory) Max() int64                                   { return 0 }
func (*Memory) Populate([]byte)                              {}
func (*Memory) Objects() int                                 { return 0 }
func (*Memory) Deaths() int64                                { return 0 }
func (*Memory) Processes() int                               { return 0 }
func (*Memory) Pid(Owner) int                                { return 0 }
func (*Memory) Closed() bool                                 { return true }
func (*Memory) Name() string                                 { return "" }
func (*Memory) Cut() bool                                    { return false }
func (*Memory) Shut()                                        {}
func (*Memory) Close()                                       {}
func (*Memory) Self() Owner                                  { return Owner{} }
func (*Memory) Slots() int                                   { return 0 }
func (*Memory) Used() int                                    { return 0 }
func (*Memory) AnyDead() bool                                { return false }
func (*Memory) Sweep() int                                   { return 0 }
func (*Memory) Dead(Owner) bool                              { return false }
func (*Memory) Here(Owner) bool                              { return false }
func (*Memory) Of(int) (Owner, bool)                         { return Owner{}, false }
func (*Memory) Bell(int) (bell, asleep *atomic.Uint32)       { return nil, nil }
func (*Memory) Life(int) (word *atomic.Uint32, alive uint32) { return nil, 0 }
func (*Memory) New(uint32, uint64, int, string, func(unsafe.Pointer)) (uint64, error) {
	return 0, unsupported()
}
func (*Memory) Find(uint64, uint32, uint64, int) (unsafe.Pointer, error) { return nil, unsupported() }

func (*Memory) Size(uint64, int) (int, error) { return 0, unsupported() }
