//go:build linux

package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/shm"
)

// A commons is what the processes have in common: one object of each kind, in the memory
// under test, and the ledger about them, in another memory, of which only arrays are used.
type commons struct {
	Memory  *shm.Memory
	Lock    *shm.Lock
	RW      *shm.RWLock
	Permits *shm.BoundedSemaphore
	Changed *shm.Condition // of Lock: there are tokens
	Meeting *shm.Barrier
	Flag    *shm.Event
	Taken   *shm.Queue[parcel] // whose items are taken by Get,
	Leased  *shm.Queue[parcel] // and by Lease
	Number  *shm.Number[int64]
	Pair    *shm.Value[pair]

	Ledger *shm.Memory
	Page   *shm.Array[page] // one
	Lives  *shm.Array[life]
	Items  *shm.Array[item]
	Notes  *shm.Array[note]
}

// A parcel is the number of an item, as often as makes it light or heavy: queues treat small
// items and large ones in different ways.
type parcel []uint32

const heavy = 500

// wrap returns a parcel.
func wrap(number uint32, n int) parcel { return slices.Repeat(parcel{number}, n) }

// unwrap returns the number in it. A parcel that is not as it was made is a remark.
func (c *commons) unwrap(p parcel) uint32 {
	if len(p) != 1 && len(p) != heavy || slices.Min(p) != slices.Max(p) {
		c.remark(noteUnexplained, "a parcel of %d numbers has arrived: %v", len(p), p[:min(len(p), 3)])
		return math.MaxUint32
	}
	return p[0]
}

// A pair is two numbers that are the same.
type pair struct{ A, B int64 }

const (
	permits = 3 // of the semaphore
	parties = 3 // of the barrier
	places  = 16
)

// A page is what is known of all processes together.
type page struct {
	Over    atomic.Uint32 // 1 when the storm is
	Lives   atomic.Uint32 // numbers that were given to processes,
	Items   atomic.Uint32 // to items
	Notes   atomic.Uint32 // and to notes
	Allowed atomic.Uint32 // items, so far

	Locked, Written visit // what Lock and RW guard
	Tokens          int64 // guarded by Lock, too

	Seats [permits]atomic.Uint32 // who has permits: the number of a life + 1
}

// A visit is what a lock guards.
type visit struct {
	Inside        atomic.Uint32 // the number of the life that has the lock, + 1
	Dirty         atomic.Uint32 // 1 while a death is known, and was not marked as mended
	Before, After uint64        // counted by each visitor
}

// A life is what is known of a process. Its number is its place.
type life struct {
	Parent atomic.Uint32 // of one that is nested: the number + 1
	Doomed atomic.Uint32 // 1 before anything is done to it

	// How often it was about to do what the ledger is about, and has done it.
	Begun, Acked [kinds]atomic.Uint32
	Visits       [2]uint32              // guarded by Lock and RW
	Met          [parties]atomic.Uint32 // at the barrier, as which party
	Operations   atomic.Uint32
}

// What is counted.
const (
	locked = iota
	written
	added // to the number
	paired
	given // tokens
	got   // tokens
	met
	kinds
)

// An item is what is known of an item of a queue. Its number is its place.
type item struct {
	State  atomic.Uint32
	Putter atomic.Uint32 // which goroutine
	Takes  atomic.Uint32 // how often it was taken
}

// The state of an item.
const (
	putting   = 1 << iota
	put       // for certain
	refused   // it was not put
	finishing // it is about to be reported as done
	finished
	leased // it is one of the queue whose items are leased
)

// A note is about something that should not be.
type note struct {
	Kind atomic.Uint32
	Text [220]byte
}

// The kinds of notes.
const (
	noteLost = 1 + iota
	noteDoubled
	noteUnexplained
	noteLate
)

const mostNotes = 1000

// newCommons makes all of it. By the seed the memory is one that had a name, or not.
func newCommons(o options) (c commons, err error) {
	mo := shm.MemoryOptions{Max: 64 << 20, Processes: 4*o.workers + 16}
	if o.seed%2 == 0 {
		c.Memory, err = shm.NewMemory(mo)
	} else {
		name := "storm-" + strconv.Itoa(os.Getpid())
		if c.Memory, err = shm.OpenMemory(name, mo); err == nil {
			err = shm.RemoveMemory(name) // so that nothing is left, whatever happens
		}
	}
	if err != nil {
		return c, err
	}
	lives, items := 3*o.faults+1000, pace*(o.faults+32)
	if c.Ledger, err = shm.NewMemory(shm.MemoryOptions{Max: 8 << 30, Processes: mo.Processes}); err != nil {
		return c, err
	}
	for _, make := range []func() error{
		func() (err error) { c.Lock, err = shm.NewLock(c.Memory); return err },
		func() (err error) { c.RW, err = shm.NewRWLock(c.Memory); return err },
		func() (err error) { c.Permits, err = shm.NewBoundedSemaphore(c.Memory, permits); return err },
		func() (err error) { c.Changed, err = shm.NewCondition(c.Lock); return err },
		func() (err error) { c.Meeting, err = shm.NewBarrier(c.Memory, parties); return err },
		func() (err error) { c.Flag, err = shm.NewEvent(c.Memory); return err },
		func() (err error) { c.Taken, err = shm.NewQueue[parcel](c.Memory, places); return err },
		func() (err error) { c.Leased, err = shm.NewQueue[parcel](c.Memory, places); return err },
		func() (err error) { c.Number, err = shm.NewNumber[int64](c.Memory, 0); return err },
		func() (err error) { c.Pair, err = shm.NewValue(c.Memory, pair{}); return err },
		func() (err error) { c.Page, err = shm.NewArray[page](c.Ledger, 1); return err },
		func() (err error) { c.Lives, err = shm.NewArray[life](c.Ledger, lives); return err },
		func() (err error) { c.Items, err = shm.NewArray[item](c.Ledger, items); return err },
		func() (err error) { c.Notes, err = shm.NewArray[note](c.Ledger, mostNotes); return err },
	} {
		if err = make(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// number returns the number of a new life, false if there are no more.
func (c *commons) number() (uint32, bool) {
	n := c.Page.Slice()[0].Lives.Add(1) - 1
	return n, int(n) < c.Lives.Len()
}

// used returns the lives that there were.
func (c *commons) used() []life {
	return c.Lives.Slice()[:min(int(c.Page.Slice()[0].Lives.Load()), c.Lives.Len())]
}

// sum returns how often all processes have begun something, and how often for certain
// they have done it.
func (c *commons) sum(kind int) (begun, acked int64) {
	for i := range c.used() {
		l := &c.used()[i]
		begun += int64(l.Begun[kind].Load())
		acked += int64(l.Acked[kind].Load())
	}
	return begun, acked
}

// doomed reports whether something was done to a process, or to its parent.
func (c *commons) doomed(number uint32) bool {
	l := &c.Lives.Slice()[number]
	return l.Doomed.Load() != 0 || l.Parent.Load() != 0 && c.doomed(l.Parent.Load()-1)
}

// remark notes something that should not be.
func (c *commons) remark(kind uint32, format string, args ...any) {
	if i := c.Page.Slice()[0].Notes.Add(1) - 1; i < mostNotes {
		n := &c.Notes.Slice()[i]
		copy(n.Text[:], fmt.Sprintf(format, args...))
		n.Kind.Store(kind)
	}
}

// watched reports whether the kernel has a list of what to do when a thread of this
// process ends.
func watched(thread string) bool {
	tid, _ := strconv.Atoi(thread)
	var head uintptr
	var size uintptr
	_, _, errno := syscall.Syscall(syscall.SYS_GET_ROBUST_LIST, uintptr(tid), uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&size)))
	return errno == 0 && head != 0 && int(head)%os.Getpagesize() == 0 // those of C lie elsewhere
}
