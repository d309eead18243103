package robust

import (
	"context"
	"errors"
	"sync"
	"unsafe"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// ErrBroken is the error of a broken [Barrier].
var ErrBroken = errors.New("broken barrier")

// A Barrier lets parties wait for each other, meeting after meeting. A process that dies
// while one of its goroutines has arrived breaks it.
type Barrier struct {
	guarded
	line line
	hall *Hall
	slot int

	mu      sync.Mutex
	waiting int // goroutines of this process
}

// The words of a barrier.
const (
	barMeeting  = iota // its number, which ends with it
	barArrived         // parties
	barBroken          // 1 until Reset
	barOutcomes        // of the last 64 meetings, a bit for each: 1 if all parties came; the last one is bit 0
	barFailed          // the number + 1 of the last meeting that failed
	barParties
	barHere // of the process in each slot: parties that have arrived, and above them the low bits of the meeting's number

	barChanges = 6
	barNumber  = 32 // where the number begins
)

// BarrierSize returns the bytes of a barrier.
func BarrierSize(m *mem.Memory) int {
	return guardedSize(barChanges, barHere+m.Slots()) + lineSize(m)
}

// BarrierAt returns the barrier whose bytes lie at words. They are zero for a new one:
// see [Barrier.Init]. Each process has one Barrier for them.
func BarrierAt(m *mem.Memory, words unsafe.Pointer) *Barrier {
	b := barrierAt(m, words)
	b.slot, b.hall = m.Self().Slot, hallOf(m)
	return b
}

func barrierAt(m *mem.Memory, words unsafe.Pointer) *Barrier {
	n := barHere + m.Slots()
	b := &Barrier{line: lineAt(m, unsafe.Add(words, guardedSize(barChanges, n)))}
	b.guarded.at(m, words, barChanges, n)
	return b
}

// Init sets the number of parties of a new barrier.
func (b *Barrier) Init(parties int) { b.words[barParties].Store(uint64(parties)) }

// Parties returns the number of parties.
func (b *Barrier) Parties() int { return int(b.words[barParties].Load()) }

// Broken reports whether the barrier is broken.
func (b *Barrier) Broken() bool { return b.words[barBroken].Load() != 0 }

// Waiting returns how many parties have arrived.
func (b *Barrier) Waiting() int { return int(b.words[barArrived].Load()) }

// Wait blocks until all parties have called it. The last one calls action, before any is
// released; the meeting fails unless that returns true. Wait returns the order of
// arrival. The error is [ErrBroken], closed.Err, or context.Cause(ctx) when ctx ends
// first: then the barrier breaks.
func (b *Barrier) Wait(ctx context.Context, action func() bool) (index int, err error) {
	if ctx.Err() != nil {
		b.Abort()
		return 0, context.Cause(ctx)
	}
	g := newGuest()
	if !b.hall.visit(g) {
		return 0, closed.Err
	}
	defer b.hall.depart(g)
	b.count(1)
	defer b.count(-1)
	meeting, index, err := b.arrive(ctx, g)
	switch {
	case err != nil:
		return 0, err
	case index == b.Parties()-1:
		err = b.act(meeting, action)
	default:
		err = b.outcome(ctx, g, meeting)
	}
	if err != nil {
		return 0, err
	}
	return index, nil
}

// count counts the goroutines that wait. The last one takes the process out of the line.
func (b *Barrier) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting += n; b.waiting == 0 {
		b.line.delist(b.slot)
	} else {
		b.line.enlist(b.slot)
	}
}

// arrive books a party. It waits while the action of a meeting runs.
func (b *Barrier) arrive(ctx context.Context, g *Guest) (meeting uint64, index int, err error) {
	for {
		bell := b.hall.bell.Load()
		b.line.enlist(b.slot) // again: a slow sweep may have taken it for the slot's last owner
		s, ok := b.begin(ctx)
		if !ok {
			return 0, 0, b.ended(ctx)
		}
		meeting, arrived := s.get(barMeeting), s.get(barArrived)
		switch {
		case s.get(barBroken) != 0:
			s.end()
			return 0, 0, ErrBroken
		case arrived < s.get(barParties):
			s.set(barArrived, arrived+1)
			here := s.get(barHere + b.slot)
			if here>>barNumber != uint64(uint32(meeting)) {
				here = uint64(uint32(meeting)) << barNumber
			}
			s.set(barHere+b.slot, here+1)
			s.end()
			return meeting, int(arrived), nil
		}
		s.end()
		if err = b.sleep(ctx, g, bell); err != nil {
			b.Abort()
			return 0, 0, err
		}
	}
}

// ended returns why a section has not begun.
func (b *Barrier) ended(ctx context.Context) error {
	if b.m.Closed() {
		return closed.Err
	}
	return context.Cause(ctx)
}

// sleep waits until there may be something to see.
func (b *Barrier) sleep(ctx context.Context, g *Guest, bell uint32) error {
	if b.m.AnyDead() {
		b.m.Sweep()
		return nil
	}
	return b.hall.wait(ctx, g, bell, watched)
}

// act calls the action, and ends the meeting.
func (b *Barrier) act(meeting uint64, action func() bool) error {
	came := false
	defer func() {
		if !came { // it panics, or exits
			b.finish(meeting, false)
		}
	}()
	came = action == nil || action()
	if came && b.finish(meeting, true) {
		return nil
	}
	return ErrBroken
}

// finish ends a meeting, unless it has ended. A failed one breaks the barrier.
func (b *Barrier) finish(meeting uint64, came bool) bool {
	s, ok := b.beginPatiently()
	if !ok {
		return false
	}
	ended := s.get(barMeeting) == meeting
	if ended {
		endMeeting(s, came)
	}
	s.end()
	if ended {
		b.line.ringAll()
	}
	return ended
}

// endMeeting ends the meeting in a section.
func endMeeting(s *section, came bool) {
	outcomes := s.get(barOutcomes) << 1
	if came {
		outcomes |= 1
	} else {
		s.set(barFailed, s.get(barMeeting)+1)
		s.set(barBroken, 1)
	}
	s.set(barOutcomes, outcomes)
	s.add(barMeeting, 1)
	s.set(barArrived, 0)
}

// outcome waits for the end of a meeting. Of a failed one it returns the cause of ctx if
// that has ended, too: parties that share one all get its cause.
func (b *Barrier) outcome(ctx context.Context, g *Guest, meeting uint64) error {
	given := ctx
	for {
		bell := b.hall.bell.Load()
		b.line.enlist(b.slot)
		s, ok := b.begin(ctx)
		if !ok && b.m.Closed() {
			return closed.Err
		}
		if ok {
			late := s.get(barMeeting) - meeting
			came := s.get(barOutcomes)>>(late-1)&1 != 0
			if late > 64 { // no meeting of these failed, or it cannot be told any more
				came = s.get(barFailed) <= meeting
			}
			s.end()
			switch {
			case late > 0 && came:
				return nil
			case late > 0 && given.Err() != nil:
				return context.Cause(given)
			case late > 0:
				return ErrBroken
			}
			if err := b.sleep(ctx, g, bell); err == nil {
				continue
			}
		}
		if b.finish(meeting, false) {
			return context.Cause(ctx)
		}
		ctx = context.WithoutCancel(ctx) // it has ended before
	}
}

// Abort breaks the barrier.
func (b *Barrier) Abort() {
	s, ok := b.beginPatiently()
	if !ok {
		return
	}
	if s.get(barBroken) == 0 {
		endMeeting(s, false)
	}
	s.end()
	b.line.ringAll()
}

// Reset makes the barrier as new. Who waits gets [ErrBroken].
func (b *Barrier) Reset() {
	s, ok := b.beginPatiently()
	if !ok {
		return
	}
	if s.get(barArrived) > 0 {
		endMeeting(s, false)
	}
	s.set(barBroken, 0)
	s.end()
	b.line.ringAll()
}

// ForgetBarrier is the rule for a barrier.
func ForgetBarrier(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < uint64(BarrierSize(m)) {
		return true
	}
	b := barrierAt(m, words)
	s, ok := b.beginSweep(gone)
	if !ok {
		return !m.Here(gone)
	}
	if here := s.get(barHere + gone.Slot); uint32(here) > 0 && here>>barNumber == uint64(uint32(s.get(barMeeting))) {
		endMeeting(s, false)
		s.set(barHere+gone.Slot, 0)
	}
	s.endSweep()
	b.line.forget(gone.Slot)
	b.line.ringAll()
	return true
}
