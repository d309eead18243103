package robust

import (
	"context"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/list"
)

// A desk is where goroutines of all processes wait until they can change a guarded
// object as they want to. Nobody is granted anything: each takes what it wants in a
// section of its own, so that nothing is lost with a process that dies.
//
// Goroutines of one process wait in a local line, whose first tries for it. A process
// that has tried in vain too often claims to be next, and no other may overtake it.
type desk struct {
	g     *guarded
	line  line
	hall  *Hall
	slot  int
	claim int // the index of the word of the claim, −1 if nobody may have one

	// ready reports whether somebody who wants n can have it.
	ready func(s *section, n uint64) bool

	// stalled reports, when it is not ready, whether nothing is in the way but others
	// that are to come first; relent lets them wait. Both may be nil.
	stalled func(s *section) bool
	relent  func(s *section)

	// bound is the index of a word on which it depends which wants have ended, 0 if they
	// all end together.
	bound int

	mu    sync.Mutex
	local list.List[*waiter]
	seen  uint64 // the bound, when the local line was told last
}

// A want is what a goroutine waits for at a desk. Its functions run in a section, which
// is why they only get and set words.
type want struct {
	n     uint64                 // how much; 0 takes nothing, and lets others pass
	take  func(s *section) error // takes it: ready has returned true; nil if there is nothing to take
	ended func(s *section) error // why it cannot be had any more; nil if that cannot be

	overtakes bool // it is taken without waiting, also if a process claims to be next
}

// A claim is the slot + 1 of a process, and above it how much that wants, or the most that
// there is room for.
const (
	claimSlot = 1<<16 - 1
	claimMost = 1<<48 - 1
)

// vain is how often a process tries for what others take, before it claims to be next.
const vain = 2

// now takes what is wanted if that can be had without waiting, and reports whether it
// did. Its error is that of ended or take, or closed.Err.
func (d *desk) now(w want) (bool, error) {
	s, ok := d.g.beginSoon()
	if !ok {
		if d.g.m.Closed() {
			return false, closed.Err
		}
		return false, nil
	}
	ok, err := d.tryOnce(s, w)
	s.end()
	return ok, err
}

// tryOnce takes what is wanted if nobody claims to be next, or w overtakes.
func (d *desk) tryOnce(s *section, w want) (bool, error) {
	if w.ended != nil {
		if err := w.ended(s); err != nil {
			return false, err
		}
	}
	if !w.overtakes && d.claim >= 0 && s.get(d.claim) != 0 || !d.ready(s, w.n) {
		return false, nil
	}
	return true, w.do(s)
}

func (w want) do(s *section) error {
	if w.take == nil {
		return nil
	}
	return w.take(s)
}

// await blocks until it has taken what is wanted. It returns the error of ended or take,
// closed.Err, or context.Cause(ctx) when ctx ends first or has ended before.
func (d *desk) await(ctx context.Context, w want) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if ok, err := d.now(w); ok || err != nil {
		return err
	}
	if !d.hall.begin() {
		return closed.Err
	}
	defer d.hall.end()
	me := &waiter{guest: newGuest()}
	me.place.Value = me
	d.mu.Lock()
	d.local.Push(&me.place)
	d.line.enlist(d.slot)
	d.mu.Unlock()
	for !d.first(me) {
		if d.bound > 0 {
			if err := w.ended(d.g.peek()); err != nil {
				d.leave(me)
				d.pass()
				return err
			}
		}
		select {
		case <-me.guest.call:
		case <-ctx.Done():
			d.leave(me)
			d.pass()
			return context.Cause(ctx)
		}
	}
	err := d.represent(ctx, me, w)
	d.leave(me)
	d.pass()
	return err
}

func (d *desk) first(w *waiter) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.local.First() == &w.place
}

// review has the local line look when the bound has changed.
func (d *desk) review() {
	if d.bound == 0 {
		return
	}
	bound := d.g.peek().get(d.bound)
	d.mu.Lock()
	defer d.mu.Unlock()
	if bound == d.seen {
		return
	}
	d.seen = bound
	for n := d.local.First(); n != nil; n = n.Next() {
		d.hall.call(n.Value.guest)
	}
}

// represent waits as the first of the local line.
func (d *desk) represent(ctx context.Context, me *waiter, w want) error {
	d.hall.enter(me.guest)
	defer d.hall.leave(me.guest)
	t := try{desk: d, want: w}
	for {
		d.mu.Lock()
		d.line.enlist(d.slot) // again: a slow sweep may have taken it for the slot's last owner
		d.mu.Unlock()
		bell := d.hall.bell.Load()
		d.line.unmark(d.slot)
		window("listening")
		s, ok := d.g.begin(ctx)
		switch {
		case !ok && d.g.m.Closed():
			return closed.Err
		case !ok:
			t.unclaim()
			return context.Cause(ctx)
		}
		ok, err := t.once(s)
		s.end()
		d.review()
		if ok || err != nil {
			return err
		}
		if d.g.m.AnyDead() {
			d.g.m.Sweep()
			continue
		}
		if err = d.hall.wait(ctx, me.guest, bell, t.patience()); err != nil {
			t.unclaim()
			return err
		}
	}
}

// leave takes w out of the local line. The next one looks then, and if there is none the
// process waits no more.
func (d *desk) leave(w *waiter) {
	d.mu.Lock()
	d.local.Remove(&w.place)
	if next := d.local.First(); next != nil {
		d.hall.call(next.Value.guest)
	} else {
		d.line.delist(d.slot)
	}
	d.mu.Unlock()
	window("left")
	d.line.unmark(d.slot)
}

// pass wakes who can have something now: the process that is next, or one that waits.
func (d *desk) pass() {
	window("passing")
	if !d.line.any() {
		return
	}
	s := d.g.peek()
	if d.claim >= 0 {
		if c := s.get(d.claim); c != 0 {
			if slot := int(c&claimSlot) - 1; slot >= 0 && slot < d.g.m.Slots() && d.ready(s, c>>16) {
				ring(d.g.m, slot)
			}
			return
		}
	}
	if d.ready(s, 1) {
		d.line.wake()
	}
}

// tell wakes all processes that wait.
func (d *desk) tell() { d.line.ringAll() }

// forget takes a process that is gone out of the line, after its claim was taken back.
func (d *desk) forget(slot int) {
	d.line.forget(slot)
	d.line.ringAll()
}

// unclaim takes back the claim of a process, in a section.
func (d *desk) unclaim(s *section, slot int) {
	if d.claim >= 0 && s.get(d.claim)&claimSlot == uint64(slot+1) {
		s.set(d.claim, 0)
	}
}

// A try is the attempts of a process to take what is wanted.
type try struct {
	desk   *desk
	want   want
	vain   int
	before uint64    // the claim of another process that it has to wait for
	since  time.Time // when that could have had what it wants, and did not come
}

// once tries in a section.
func (t *try) once(s *section) (bool, error) {
	d, w := t.desk, t.want
	if w.ended != nil {
		if err := w.ended(s); err != nil {
			d.unclaim(s, d.slot)
			return false, err
		}
	}
	if d.claim >= 0 && !t.turn(s) || !d.ready(s, w.n) && t.stalls(s) {
		return false, nil
	}
	if d.ready(s, w.n) {
		d.unclaim(s, d.slot)
		return true, w.do(s)
	}
	if t.vain++; d.claim >= 0 && w.n > 0 && (t.vain > vain || w.n > 1) && s.get(d.claim) == 0 {
		s.set(d.claim, min(w.n, claimMost)<<16|uint64(d.slot+1))
	}
	return false, nil
}

// turn reports whether no other process is next. One that could have what it wants and
// does not come is passed over.
func (t *try) turn(s *section) bool {
	d := t.desk
	c := s.get(d.claim)
	switch {
	case c == 0 || c&claimSlot == uint64(d.slot+1):
		t.before = 0
		return true
	case !d.ready(s, c>>16):
		t.before, t.since = c, time.Time{}
		return false
	case c != t.before || t.since.IsZero():
		t.before, t.since = c, time.Now()
		return false
	case time.Since(t.since) < heirPatience:
		return false
	}
	s.set(d.claim, 0)
	t.before, t.since = 0, time.Time{}
	return true
}

// stalls reports whether those that are to come first may still come.
func (t *try) stalls(s *section) bool {
	d := t.desk
	switch {
	case d.stalled == nil || !d.stalled(s):
		t.since = time.Time{}
		return false
	case t.since.IsZero():
		t.since = time.Now()
		return true
	case time.Since(t.since) < heirPatience:
		return true
	}
	d.relent(s)
	t.since = time.Time{}
	return false
}

// patience returns how long it may sleep before it looks again.
func (t *try) patience() time.Duration {
	if !t.since.IsZero() {
		return max(heirPatience-time.Since(t.since), time.Microsecond)
	}
	return watched
}

// unclaim takes the claim of this process back. Where it cannot, others pass it over.
func (t *try) unclaim() {
	d := t.desk
	if d.claim < 0 || d.g.peek().get(d.claim)&claimSlot != uint64(d.slot+1) {
		return
	}
	if s, ok := d.g.beginSoon(); ok {
		d.unclaim(s, d.slot)
		s.end()
	}
}
