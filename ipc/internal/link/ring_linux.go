package link

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/fanfold/fanfold/internal/memfd"
)

// A ring is memory that a pool shares with one worker, and with no other process: a
// few words, and slots that calls go through in turn. Call n takes slot n modulo
// ringSlots, and its answer comes back in the same slot.
//
// The first word of a slot is its state, and the only thing that both sides
// write. It takes the place of the ticket that travels in pipes:
//
//	          pool                worker              pool
//	free ────────────▶ queued ─────────────▶ started
//	 ▲                   │ pool                 │ worker, with the answer
//	 │ worker or pool    ▼                      ▼
//	 ├───────────── withdrawn                  done
//	 └──────────────────────────────────────────┘ the next call, a lap later
//
// Starting and withdrawing a call are one compare-and-swap each, so that exactly
// one of them happens, and what a dead worker left behind tells the truth. The
// upper bits are the stamp of the call: a worker that has read one call cannot
// start another that has come into its place.
type ring struct {
	mem []byte
}

const (
	ringSlots = 64
	slotSize  = 8 << 10
	slotStart = 8 // of a frame in its slot, after the state

	// Offsets of words, each in a cache line of its own.
	ringWorkerBell = 0
	ringPoolBell   = 64
	ringDismissed  = 128 // 1: no more calls will come
	ringUnread     = 192 // 1: the store for answers has one that the pool has not read
	ringStart      = 256 // of the slots

	ringSize = ringStart + ringSlots*slotSize
)

// The states of a slot, in the lower bits of its first word.
const (
	slotFree = iota
	slotQueued
	slotStarted
	slotDone
	slotWithdrawn

	slotStamp = 8 // the difference between two stamps
	slotState = slotStamp - 1
)

// newRing makes a ring and returns, besides, its file. Its size is sealed, since memory
// that is gone kills a process that touches it, and it has no name. [Reserve] is to be
// called before the memory is touched. Behind the ring are the two stores, which take no
// memory before they are used.
func newRing() (ring, *os.File, error) {
	f, err := memfd.Create("fanfold-ring", memorySize)
	if errors.Is(err, syscall.EFBIG) { // a limit of file sizes: without stores
		f, err = memfd.Create("fanfold-ring", ringSize)
	}
	if err != nil {
		return ring{}, nil, err
	}
	var r ring
	if err = memfd.Seal(f, memfd.FixedSize); err == nil {
		r, err = mapRing(f)
	}
	if err != nil {
		f.Close()
		return ring{}, nil, err
	}
	return r, f, nil
}

// Reserve allocates all the memory of a ring, without its stores: what is missing later is a signal to the
// process that touches it, and not an error. That takes a tenth of a millisecond, in which
// a worker can begin to start.
func Reserve(f *os.File) error { return memfd.Reserve(f, ringSize) }

func mapRing(f *os.File) (ring, error) {
	mem, err := memfd.Map(f, ringSize)
	return ring{mem}, err
}

func (r ring) word(offset int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&r.mem[offset]))
}

// slot returns the state and the space of the slot that the nth call takes.
func (r ring) slot(n uint32) (state *atomic.Uint32, space []byte) {
	start := ringStart + int(n%ringSlots)*slotSize
	end := start + slotSize
	return r.word(start), r.mem[start+slotStart : end : end]
}

// fits reports whether a frame can travel in a slot. What descriptors go with does not:
// it has the worker to itself, as what is large.
func (f *Frame) fits() bool { return f.Files == 0 && f.Size() <= slotSize-slotStart }

// put writes a frame into the space of a slot. One that does not fit is only
// announced there: it follows in the pipe, or is in a store.
func put(space []byte, f *Frame) {
	if f.stored {
		f.appendHead(space[:0])
		return
	}
	if !f.fits() {
		notice := *f
		notice.piped, notice.sealed, notice.Files, notice.Known, notice.Name, notice.Body = true, false, 0, 0, "", nil
		f = &notice
	}
	head := f.appendHead(space[:0])
	copy(space[len(head):], f.Body)
}
