package store

import (
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// A FIFO gives the oldest item first. It is a list of segments of equal length. Putters
// work at its tail and getters at its head, each end under a lock of its own that is at
// the same time its index. What an end needs lies beside its lock, so that a putter
// and a getter touch the same memory only at the items themselves, and when one of
// them has come to where the other was seen last:
//
//	      head.index()                 tail.index()
//	         v                            v
//	[........xxxx] -> [xxxxxxxxxxxx] -> [xx..........]      [............]
//	 head.segment                        tail.segment        spare
//
// Segments rather than one ring, because then the bound is no more than a number
// that can change at any time, and what a burst has filled is garbage once it is
// empty. One empty segment is kept, so that a steady flow allocates nothing.
type FIFO[T any] struct {
	head    end[T]
	_       [128]byte
	tail    end[T]
	limit   uint64 // of the items; belongs to the tail
	_       [128]byte
	mask    uint64 // the length of a segment - 1
	spare   atomic.Pointer[segment[T]]
	shut    atomic.Bool // is set under both locks
	dropped uint64      // belongs to the head
}

type segment[T any] struct {
	items []T
	next  *segment[T]
}

// The length of a segment is the power of two that makes it about as long as
// segmentBytes, within bounds.
const (
	segmentBytes    = 2048
	shortestSegment = 8
	longestSegment  = 256
)

// NewFIFO returns a store of at most limit items.
func NewFIFO[T any](limit int) *FIFO[T] {
	length := segmentBytes / max(1, int(unsafe.Sizeof(*new(T))))
	length = min(max(length, shortestSegment), longestSegment)
	f := &FIFO[T]{
		mask:  1<<(bits.Len(uint(length))-1) - 1,
		limit: uint64(limit),
	}
	first := f.newSegment()
	f.head.use(first)
	f.tail.use(first)
	return f
}

func (f *FIFO[T]) newSegment() *segment[T] {
	if s := f.spare.Swap(nil); s != nil {
		return s
	}
	return &segment[T]{items: make([]T, f.mask+1)}
}

func (f *FIFO[T]) Put(v T) Verdict {
	i, ok := f.tail.try()
	if !ok {
		i = acquireLate(&f.tail.word)
	}
	if i >= f.tail.known {
		if verdict := f.room(i); verdict != Yes {
			f.tail.release(i)
			return verdict
		}
	}
	if i&f.mask == 0 && i != 0 {
		f.extend()
	}
	f.tail.items[i&f.mask] = v
	f.tail.release(i + 1)
	return Yes
}

// room looks whether there is room for an item with index i.
func (f *FIFO[T]) room(i uint64) Verdict {
	if f.shut.Load() {
		return Never
	}
	f.tail.known = f.head.index() + f.limit
	if i >= f.tail.known {
		return NotYet
	}
	return Yes
}

func (f *FIFO[T]) extend() {
	s := f.newSegment()
	f.tail.segment.next = s
	f.tail.use(s)
}

func (f *FIFO[T]) PutMany(items []T) (n int, _ Verdict) {
	i := f.tail.acquire()
	verdict := f.room(i)
	if verdict == Yes {
		items = items[:min(uint64(len(items)), f.tail.known-i)]
	} else {
		items = nil
	}
	for n < len(items) {
		if i&f.mask == 0 && i != 0 {
			f.extend()
		}
		c := copy(f.tail.items[i&f.mask:], items[n:])
		n += c
		i += uint64(c)
	}
	f.tail.release(i)
	return n, verdict
}

func (f *FIFO[T]) Get() (v T, _ Verdict) {
	i, ok := f.head.try()
	if !ok {
		i = acquireLate(&f.head.word)
	}
	if i >= f.head.known {
		if verdict := f.more(i); verdict != Yes {
			f.head.release(i)
			return v, verdict
		}
	}
	if i&f.mask == 0 && i != 0 {
		f.advance()
	}
	slot := &f.head.items[i&f.mask]
	v = *slot
	*slot = *new(T) // the collector must not find what was taken
	f.head.release(i + 1)
	return v, Yes
}

// more looks whether there is an item with index i.
func (f *FIFO[T]) more(i uint64) Verdict {
	f.head.known = f.tail.index()
	switch {
	case i < f.head.known:
		return Yes
	case f.shut.Load(): // before we took the lock, so there will be no more
		return Never
	default:
		return NotYet
	}
}

func (f *FIFO[T]) advance() {
	s := f.head.segment
	f.head.use(s.next)
	s.next = nil
	f.spare.Store(s)
}

func (f *FIFO[T]) GetMany(buf []T) (n int, _ Verdict) {
	i := f.head.acquire()
	verdict := f.more(i)
	buf = buf[:min(uint64(len(buf)), f.head.known-i)]
	for n < len(buf) {
		if i&f.mask == 0 && i != 0 {
			f.advance()
		}
		slots := f.head.items[i&f.mask:]
		c := copy(buf[n:], slots)
		clear(slots[:c])
		n += c
		i += uint64(c)
	}
	f.head.release(i)
	return n, verdict
}

// Len returns how many items there were at one moment.
func (f *FIFO[T]) Len() int {
	for {
		head := f.head.index()
		n := f.tail.index() - head
		if f.head.index() == head {
			return int(n)
		}
	}
}

func (f *FIFO[T]) CanGet() bool { return f.Len() > 0 || f.shut.Load() }

func (f *FIFO[T]) CanPut() bool {
	i := f.tail.acquire()
	verdict := f.room(i)
	f.tail.release(i)
	return verdict != NotYet
}

func (f *FIFO[T]) Puts() uint64 { return f.tail.index() }

func (f *FIFO[T]) SetLimit(limit int) {
	i := f.tail.acquire()
	f.limit = uint64(limit)
	f.tail.known = 0
	f.tail.release(i)
}

func (f *FIFO[T]) Shutdown(immediate bool) (dropped int) {
	put := f.tail.acquire()
	gone := f.head.acquire()
	f.shut.Store(true)
	f.tail.known = 0
	if immediate {
		dropped = int(put - gone)
		f.dropped += uint64(dropped)
		gone = put
		clear(f.tail.items)
		f.head.use(f.tail.segment)
		f.spare.Store(nil)
	}
	f.head.release(gone)
	f.tail.release(put)
	return dropped
}

func (f *FIFO[T]) Counts() Counts {
	put := f.tail.acquire()
	gone := f.head.acquire()
	s := Counts{
		Len:      int(put - gone),
		Limit:    int(f.limit),
		Put:      put,
		Got:      gone - f.dropped,
		Dropped:  f.dropped,
		Shutdown: f.shut.Load(),
	}
	f.head.release(gone)
	f.tail.release(put)
	return s
}
