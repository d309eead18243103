package model

// Condition is the waiters of a lock's condition, and what a notification owes them.
//
//	wait      with the lock: section: waiting[me]+1; unlock; then
//	       1  b := bell
//	       2  section: granted[me] > 0 → granted[me]−1, waiting[me]−1: lock; done
//	       3  a process is dead → sweep; goto 1
//	       4  sleep while bell = b; woken by a death → sweep; goto 1
//	notify    with the lock: section: waiting[t] > granted[t] → granted[t]+1; owe t
//	unlock    the lock is free; then bell[t]++, wake t, for each t that is owed it
//	give up   section: granted[me] > 0 → as 2; else waiting[me]−1: lock; done
//	sweep d   sections: granted[d] > 0, waiting[t] > granted[t] → granted[t]+1, granted[d]−1;
//	          then granted[d], waiting[d] := 0. Ring all with granted > 0. The lock of d is
//	          free; d is swept
//
// A guarded section is one step, see [Guard]; so is taking the lock, for which [Lock] shows
// how it is waited.
type Condition struct {
	rules ConditionRules
	life  [processes]life
	p     [processes]conditionProcess

	lock    uint8 // 0, or the owner + 1
	waiting [processes]uint8
	granted [processes]uint8
	lost    bool  // a notification, with a process that could have had it
	deaths  uint8 // that may still happen
	cancels uint8
}

// ConditionRules are the rules of [Condition] that are left out.
type ConditionRules uint16

// The rules of [Condition].
const (
	ConditionNoPay      ConditionRules = 1 << iota // unlock rings no process
	ConditionLookFirst                             // 2 comes before 1
	ConditionNoLook                                // 3 is left out
	ConditionNoDuty                                // a process that a death has woken does not sweep first
	ConditionQuitBlind                             // a process that gives up does not look at its notifications
	ConditionKeepGrants                            // the notifications of a dead process go to no other
	ConditionNoRing                                // a sweeper does not ring those that are notified
)

type conditionProcess struct {
	at       conditionPlace
	notifies bool // it does not wait, but notifies
	turns    uint8
	waited   bool // it takes the lock again
	quit     bool // it gives up
	owed     set
	target   uint8 // whom it wakes
	fresh    bool  // the bell has rung since it was read

	home conditionPlace // where it goes on after its duty
	dead uint8          // whom it sweeps
	back conditionPlace
	rung uint8 // whom the sweep rings next
}

type conditionPlace uint8

// The places of a process.
const (
	conditionOutside conditionPlace = iota
	conditionLocking
	conditionHolding
	conditionUnlock
	conditionPay
	conditionWake
	conditionListen   // 1
	conditionTake     // 2
	conditionSleepy   // 3
	conditionSleeping // 4, in the kernel
	conditionDuty     // woken by a death
	conditionSweep
	conditionRingAll
	conditionWakeAll
	conditionFree // the lock of the dead
	conditionBury
	conditionGone // killed
	conditionDone
)

// NewCondition returns the start of a condition's life: process 0 notifies, so many times,
// and the others wait as often as they are told.
func NewCondition(without ConditionRules, deaths, cancels uint8, turns [processes]uint8) Condition {
	s := Condition{rules: without, deaths: deaths, cancels: cancels}
	for i := range processes {
		s.p[i] = conditionProcess{turns: turns[i], notifies: i == 0}
	}
	return s
}

func (s *Condition) without(r ConditionRules) bool { return s.rules&r != 0 }

// Fault tells when a notification is lost, and when a process that has one sleeps for good.
func (s Condition) Fault(stuck bool) string {
	for i, p := range s.p {
		switch {
		case s.granted[i] > s.waiting[i] && s.life[i] == alive:
			return "a process is notified and does not wait"
		case stuck && p.at == conditionSleeping && s.granted[i] > 0:
			return "a process that is notified sleeps for good"
		case stuck && p.at == conditionLocking:
			return "a process waits for the lock for good"
		}
	}
	if s.lost {
		return "a notification died with a process"
	}
	return ""
}

// Steps returns what one step of each process leads to, deaths and cancellations too.
func (s Condition) Steps() (next []Condition, progress bool) {
	for i := range processes {
		at := s.p[i].at
		if at == conditionGone || at == conditionDone {
			continue
		}
		if s.deaths > 0 {
			next = s.kill(next, i)
		}
		if s.cancels > 0 && (at == conditionSleepy || at == conditionSleeping) {
			t := s
			t.cancels--
			t.p[i].quit, t.p[i].at = true, conditionTake
			next = append(next, t)
		}
		if t := s; at != conditionSleeping && t.step(i) {
			next, progress = append(next, t), true
		}
	}
	return next, progress
}

// kill appends the states after the death of i: the kernel wakes one that sleeps, here or
// for the lock, any one.
func (s Condition) kill(next []Condition, i int) []Condition {
	s.deaths--
	s.p[i] = conditionProcess{at: conditionGone}
	s.life[i] = died
	woken := false
	for j := range processes {
		home := s.p[j].at
		if home != conditionSleeping && home != conditionLocking {
			continue
		}
		if home == conditionSleeping {
			home = s.again()
		}
		woken = true
		t := s
		t.p[j].home, t.p[j].at = home, conditionDuty
		if s.without(ConditionNoDuty) {
			t.p[j].at = home
		}
		next = append(next, t)
	}
	if !woken {
		next = append(next, s)
	}
	return next
}

// again is where a process goes that looks again.
func (s *Condition) again() conditionPlace {
	if s.without(ConditionLookFirst) {
		return conditionTake
	}
	return conditionListen
}

// someDead sends p to sweep a dead process, if there is one, and back to back.
func (s *Condition) someDead(p *conditionProcess, back conditionPlace) bool {
	d := firstDead(s.life)
	if d < 0 {
		return false
	}
	p.dead, p.back, p.at = uint8(d), back, conditionSweep
	return true
}

// chosen returns a process that waits and is not notified, or −1.
func (s *Condition) chosen() int {
	for t := range processes {
		if s.waiting[t] > s.granted[t] {
			return t
		}
	}
	return -1
}
