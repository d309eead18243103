// Package wheel keeps timers: a hierarchical timing wheel (Varghese and Lauck, 1987,
// scheme 6) for those that are not due soon, and a heap for those that are.
//
// To add, to move and to remove a timer costs the same for any number of timers. Most
// timers are moved or removed before they are due; a move to a later time only
// notes it. Times are nanoseconds since a moment of the user's choice. Timers are
// exact: the width of a slot decides only when they go from the wheel to the heap.
package wheel

import "math/bits"

const (
	shift  = 18 // a tick is 2^18 ns, some quarter of a millisecond
	digit  = 6  // bits of a tick's number per level
	slots  = 1 << digit
	levels = (63-shift)/digit + 1
)

// An Entry is a timer. The zero value with a Value is one that is in no wheel. It must
// not be copied while it is.
type Entry[T any] struct {
	Value T

	at         int64
	order      uint64 // of the calls of Set, among equal times
	next, prev *Entry[T]
	index      int32 // in the heap, or level<<digit | slot
	where      place
}

// A place says where an entry is.
type place uint8

const (
	nowhere place = iota
	inSlot
	inHeap
	isDue // returned by Expire, and not yet taken
)

// A Wheel is a set of entries. The zero value is empty. Its time begins at 0.
type Wheel[T any] struct {
	pos      uint64 // the tick up to which entries are in the heap
	order    uint64
	len      int
	occupied [levels]uint64 // a bit per slot
	slot     [levels][slots]*Entry[T]
	earliest [slots]int64 // of level 0: no entry of the slot is earlier
	heap     heap[T]
}

// Len returns how many entries are set.
func (w *Wheel[T]) Len() int { return w.len }

// Set makes e due at a time, whether it was set before or not.
func (w *Wheel[T]) Set(e *Entry[T], at int64) {
	w.order++
	e.order = w.order
	if e.where == inSlot && at >= e.at {
		e.at = at // it moves when the time of its slot comes
		return
	}
	w.Remove(e)
	e.at = at
	w.len++
	w.put(e)
}

// Remove takes e out and reports whether it was set, or due and not taken.
func (w *Wheel[T]) Remove(e *Entry[T]) bool {
	switch e.where {
	case nowhere:
		return false
	case inSlot:
		w.unlink(e)
		w.len--
	case inHeap:
		w.heap.remove(int(e.index))
		w.len--
	}
	e.where = nowhere
	return true
}

// Pending reports whether e is set, or due and not taken.
func (e *Entry[T]) Pending() bool { return e.where != nowhere }

// At returns the time for which an entry was set last.
func (e *Entry[T]) At() int64 { return e.at }

// Take reports whether e, which Expire has returned, is still due: it was neither
// removed nor set since then.
func (e *Entry[T]) Take() bool {
	due := e.where == isDue
	if due {
		e.where = nowhere
	}
	return due
}

// Next returns a time before which no entry is due, and false if there is no entry. It
// is exact for what is due within some 16 ms.
func (w *Wheel[T]) Next() (at int64, ok bool) {
	if len(w.heap) > 0 {
		return w.heap[0].at, true
	}
	level, slot, start := w.first()
	switch {
	case level < 0:
		return 0, false
	case level == 0:
		return w.earliest[slot], true
	}
	return int64(start << shift), true
}

// Expire appends the entries that are due at now to due, by time and then by the order
// of Set. They are no longer set. Calls with a time before that of an earlier
// call find nothing new.
func (w *Wheel[T]) Expire(now int64, due []*Entry[T]) []*Entry[T] {
	tick := tickOf(now)
	for {
		level, slot, start := w.first()
		if level < 0 || start > tick {
			break
		}
		w.pos = start
		w.spread(level, slot)
	}
	w.pos = max(w.pos, tick)
	for len(w.heap) > 0 && w.heap[0].at <= now {
		e := w.heap.remove(0)
		e.where = isDue
		w.len--
		due = append(due, e)
	}
	return due
}

// first returns the slot whose time comes first, and the tick with which it begins.
// level is -1 if all are empty. Entries of a level are earlier than those of the next.
func (w *Wheel[T]) first() (level, slot int, start uint64) {
	for level, bitmap := range w.occupied {
		if bitmap != 0 {
			slot := bits.TrailingZeros64(bitmap)
			above := w.pos >> (digit * (level + 1)) << (digit * (level + 1))
			return level, slot, above | uint64(slot)<<(digit*level)
		}
	}
	return -1, 0, 0
}

// spread moves the entries of a slot to lower levels and to the heap.
func (w *Wheel[T]) spread(level, slot int) {
	e := w.slot[level][slot]
	w.slot[level][slot] = nil
	w.occupied[level] &^= 1 << slot
	for e != nil {
		next := e.next
		e.next, e.prev = nil, nil
		w.put(e)
		e = next
	}
}

// put files e by its time.
func (w *Wheel[T]) put(e *Entry[T]) {
	tick := tickOf(e.at)
	if tick <= w.pos {
		e.where = inHeap
		w.heap.add(e)
		return
	}
	level := (bits.Len64(tick^w.pos) - 1) / digit // the highest digit that differs
	slot := int(tick>>(digit*level)) % slots
	e.where, e.index = inSlot, int32(level<<digit|slot)
	head := &w.slot[level][slot]
	if e.next = *head; e.next != nil {
		e.next.prev = e
	}
	*head = e
	if level == 0 && (w.occupied[0]&(1<<slot) == 0 || e.at < w.earliest[slot]) {
		w.earliest[slot] = e.at
	}
	w.occupied[level] |= 1 << slot
}

// unlink takes e out of its slot.
func (w *Wheel[T]) unlink(e *Entry[T]) {
	level, slot := int(e.index)>>digit, int(e.index)%slots
	if e.next != nil {
		e.next.prev = e.prev
	}
	if e.prev != nil {
		e.prev.next = e.next
	} else if w.slot[level][slot] = e.next; e.next == nil {
		w.occupied[level] &^= 1 << slot
	}
	e.next, e.prev = nil, nil
}

// tickOf returns the tick in which a time lies.
func tickOf(at int64) uint64 { return uint64(max(at, 0)) >> shift }
