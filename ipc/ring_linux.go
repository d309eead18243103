package ipc

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring is memory that a pool shares with one worker, and with nobody else: a
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
	ringStart      = 192 // of the slots

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

// newRing makes a ring and returns, besides, its descriptor. Nobody can make the
// memory smaller, which would kill whoever touches it, and it has no name. Reserve is
// to be called before anybody touches it.
func newRing() (r ring, fd int, err error) {
	fd, err = unix.MemfdCreate("fanfold-ring", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return ring{}, -1, fmt.Errorf("memfd_create: %w", err)
	}
	if err = unix.Ftruncate(fd, ringSize); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err == nil {
		r, err = mapRing(fd)
	}
	if err != nil {
		unix.Close(fd)
		return ring{}, -1, fmt.Errorf("shared memory: %w", err)
	}
	return r, fd, nil
}

// reserve allocates all the memory of a ring: what is wanting later is a signal to
// whoever touches it, and not an error. That takes a tenth of a millisecond, in which a
// worker can begin to start. Tests have it fail.
var reserve = func(ring *os.File) error {
	if err := unix.Fallocate(int(ring.Fd()), 0, 0, ringSize); err != nil {
		return fmt.Errorf("shared memory: %w", err)
	}
	return nil
}

func mapRing(fd int) (ring, error) {
	mem, err := unix.Mmap(fd, 0, ringSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
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
func (f *frame) fits() bool { return f.files == 0 && f.size() <= slotSize-slotStart }

// put writes a frame into the space of a slot. One that does not fit is only
// announced there: it follows in the pipe.
func put(space []byte, f *frame) {
	if !f.fits() {
		notice := *f
		notice.piped, notice.sealed, notice.files, notice.name, notice.body = true, false, 0, "", nil
		f = &notice
	}
	head := appendFrame(space[:0], f)
	copy(space[len(head):], f.body)
}

// A bell is a word in shared memory that one side sleeps on until the other
// wakes it. It sleeps only after it has said so, and looked once more: the other
// side, which first does what is waited for and then looks at the bell, cannot
// miss that. Both write with Swap: under the race detector, Store orders nothing
// that comes after it.
type bell struct {
	word *atomic.Uint32
	spin int // how often to look before going to sleep; it adapts
}

const (
	awake = iota
	asleep
)

// Looking is a few nanoseconds; maxSpin is 2 to 5 µs.
const (
	minSpin = 100
	maxSpin = 1000
)

// newBell returns the bell at offset. spin says that there are processors enough for
// waiting to be busy for a moment.
func newBell(r ring, offset int, spin bool) bell {
	b := bell{word: r.word(offset)}
	if spin && runtime.GOMAXPROCS(0) > 1 {
		b.spin = maxSpin
	}
	return b
}

// wait blocks until ready reports true. It occupies a thread.
func (b *bell) wait(ready func() bool) {
	for range b.spin {
		if ready() {
			b.spin = min(2*b.spin, maxSpin)
			return
		}
	}
	if b.spin > 0 {
		b.spin = max(b.spin/2, minSpin)
	}
	for !ready() {
		b.word.Swap(asleep)
		if ready() {
			b.word.Store(awake)
			return
		}
		futexWait(b.word, asleep)
	}
}

// ring wakes the other side if it sleeps.
func (b *bell) ring() {
	if b.word.Load() == asleep && b.word.Swap(awake) == asleep {
		futexWake(b.word)
	}
}

// futexWait blocks while the word has the value, until it is woken. It may
// return at any time: a second at the latest, so that a worker that plays with
// the word of its pool cannot make that sleep forever.
func futexWait(word *atomic.Uint32, value uint32) {
	const wait = 0
	patience := unix.Timespec{Sec: 1}
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), wait, uintptr(value), uintptr(unsafe.Pointer(&patience)), 0, 0)
}

// futexWake wakes whoever sleeps on the word. It does not block.
func futexWake(word *atomic.Uint32) {
	const wake, all = 1, 1<<31 - 1
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), wake, all, 0, 0, 0)
}
