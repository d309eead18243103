//go:build !(linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x))

package robust

import (
	"context"
	"errors"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Lock is never made here: there is no memory for one.
type Lock struct{}

// Stats count what happened.
type Stats struct {
	Contended, Canceled, Handovers int64
	Waiting                        int
}

func LockSize(*mem.Memory) int                                  { return 0 }
func LockAt(*mem.Memory, unsafe.Pointer) *Lock                  { return nil }
func ForgetLock(*mem.Memory, unsafe.Pointer, uint64, mem.Owner) {}
func Close(*mem.Memory)                                         {}
func (*Lock) TryLock() (ok, died bool)                          { return false, false }
func (*Lock) Lock(context.Context) (died bool, err error)       { return false, errors.ErrUnsupported }
func (*Lock) Unlock() bool                                      { return false }
func (*Lock) Held() bool                                        { return false }
func (*Lock) MarkConsistent() bool                              { return false }
func (*Lock) Stats() Stats                                      { return Stats{} }
func (*Lock) Dead() int                                         { return 0 }
func (*Lock) Locked() bool                                      { return false }
func (*Lock) Holder() (mem.Owner, bool)                         { return mem.Owner{}, false }

// An Event is never made here.
type Event struct{}

func EventSize(*mem.Memory) int                                  { return 0 }
func EventAt(*mem.Memory, unsafe.Pointer) *Event                 { return nil }
func ForgetEvent(*mem.Memory, unsafe.Pointer, uint64, mem.Owner) {}
func (*Event) IsSet() bool                                       { return false }
func (*Event) Set()                                              {}
func (*Event) Clear()                                            {}
func (*Event) Wait(context.Context) error                        { return errors.ErrUnsupported }
