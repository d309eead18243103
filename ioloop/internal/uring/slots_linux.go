package uring

import (
	"fmt"
	"slices"
)

// A Slot stands for an [Operation] of a ring.
type Slot uint32

type slot struct {
	op     Operation // nil: the slot is free
	gen    uint32
	flying uint16 // operations that have not completed
	kinds  uint16 // a bit for each of their kinds, and of some that have
}

// A tag is 32 bits of generation, 28 of slot, and 4 of kind. No operation has tag 0.
func (r *Ring) tag(s Slot, kind uint8) uint64 {
	return uint64(r.slots[s].gen)<<32 | uint64(s)<<4 | uint64(kind)
}

// Attach returns a slot for op.
func (r *Ring) Attach(op Operation) Slot {
	if n := len(r.free); n > 0 {
		s := r.free[n-1]
		r.free = r.free[:n-1]
		r.slots[s].op = op
		return s
	}
	r.slots = append(r.slots, slot{op: op, gen: max(1, r.born+1)})
	return Slot(len(r.slots) - 1)
}

// Detach gives a slot back, in which no operation may be under way.
func (r *Ring) Detach(s Slot) {
	p := &r.slots[s]
	if p.op == nil || p.flying > 0 {
		panic(fmt.Sprintf("uring: slot %d given back with %d operations under way", s, p.flying))
	}
	p.op = nil
	p.gen = max(1, p.gen+1)
	r.free = append(r.free, s)
}

// Flying returns how many operations of a slot have not completed.
func (r *Ring) Flying(s Slot) int { return int(r.slots[s].flying) }

// keptSlots is how many slots a ring keeps that are not used.
const keptSlots = 64

// Spare reports whether Trim may give memory back.
func (r *Ring) Spare() bool {
	r.stuck = min(r.stuck, len(r.free))
	return r.buffers.Used() || len(r.free)-r.stuck > keptSlots+3*(len(r.slots)-len(r.free))
}

// Trim gives the memory of a peak back: that of the buffers, of which none may be in use,
// and of slots behind the last one that is used. The lowest of the others are used next.
func (r *Ring) Trim() {
	r.buffers.trim()
	n := len(r.slots)
	for n > 0 && r.slots[n-1].op == nil {
		n--
		r.born = max(r.born, r.slots[n].gen) // a number that comes again is not taken for the old one
	}
	r.slots = slices.Clone(r.slots[:n])
	r.free = slices.Clone(slices.DeleteFunc(r.free, func(s Slot) bool { return int(s) >= n }))
	slices.SortFunc(r.free, func(a, b Slot) int { return int(b) - int(a) })
	r.stuck = len(r.free)
	if len(r.waiting) == 0 {
		r.waiting = nil
	}
}
