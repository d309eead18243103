package model

// Lock is the word of a lock, its waiters, and what a death leaves of them.
//
//	lock      CAS state 0 → me: done. Else
//	       1  waiters |= me
//	       2  b := bell
//	       3  woken = me → woken := 0
//	       4  CAS 0 → me, or HANDED(me) → me: waiters &^= me, then woken = me → 0: done
//	       5  a process is dead → sweep; goto 2
//	       6  sleep while bell = b; woken by a death → sweep; goto 2
//	unlock    CAS me → 0, or HANDED(t), then t has left waiters → HANDED(t) → 0
//	       a  waiters = 0, or woken ≠ 0 → done
//	       b  t := a waiter; CAS woken 0 → t; t has left waiters → woken t → 0, goto a
//	       c  bell[t]++, wake t
//	give up   waiters &^= me; woken = me → 0; HANDED(me) → take it and unlock;
//	          state = 0 → a, b, c
//	sweep d   state d → DIED, HANDED(d) → 0; waiters &^= d; woken = d, or not in waiters → 0;
//	          HANDED(t) with t not in waiters → 0; ring all waiters; d is swept
//
// Left out: slots that are used again by other processes, the heir that does not come,
// and the clock, which only helps.
type Lock struct {
	rules LockRules
	life  [processes]life
	p     [processes]lockProcess

	line
	state   uint8 // 0, the owner + 1, or handed + the heir
	deaths  uint8 // that may still happen
	cancels uint8
}

// handed + t is the state of a lock that t has been given and has not taken yet.
const handed = 10

// LockRules are the rules of [Lock] that are left out.
type LockRules uint16

// The rules of [Lock].
const (
	LockUnmarkFirst    LockRules = 1 << iota // 3 comes before 2
	LockSettleFirst                          // woken = me → 0 comes before waiters &^= me
	LockNoLook                               // 5 is left out
	LockNoDuty                               // a process that a death has woken does not sweep first
	LockHandBlindly                          // the heir is not looked at again
	LockNoRecheck                            // the one to be woken is not looked at again
	LockQuitQuietly                          // a process that gives up passes nothing on
	LockQuitHeir                             // an heir that gives up leaves what it was handed
	LockSweepWokenOnly                       // a wake-up for a process that does not wait any more stays
	LockSweepNoHanded                        // a lock stays handed to a process that does not wait any more
	LockNoRing                               // a sweeper does not ring those that wait
)

type lockProcess struct {
	waker // whose target the lock may be handed to
	at    lockPlace
	turns uint8 // times that it still wants the lock
	fresh bool  // the bell has rung since it was read

	dead uint8 // whom it sweeps
	back lockPlace
	rung uint8 // whom the sweep rings next
}

type lockPlace uint8

// The places of a process.
const (
	lockOutside  lockPlace = iota
	lockEnlist             // 1
	lockListen             // 2
	lockUnmark             // 3
	lockTry                // 4
	lockSleepy             // 5
	lockSleeping           // 6, in the kernel
	lockDuty               // woken by a death
	lockDelist
	lockSettle
	lockHolding
	lockFree
	lockHand // over to an heir
	lockHeir // has the heir left?
	lockUndo // then it is no heir
	lockWake // a, b, c
	lockQuit1
	lockQuit2
	lockQuit3
	lockSweep1
	lockSweep2
	lockSweep3
	lockSweepHanded
	lockRingAll
	lockWakeAll
	lockBury
	lockGone // killed
	lockDone
)

// NewLock returns the start of a lock's life.
func NewLock(without LockRules, deaths, cancels uint8, turns [processes]uint8) Lock {
	s := Lock{rules: without, deaths: deaths, cancels: cancels}
	for i := range processes {
		s.p[i].turns = turns[i]
	}
	return s
}

func (s *Lock) without(r LockRules) bool { return s.rules&r != 0 }

// Fault tells when two processes hold the lock, and when one sleeps for good.
func (s Lock) Fault(stuck bool) string {
	asleep := false
	for i, p := range s.p {
		asleep = asleep || p.at == lockSleeping
		if p.at == lockHolding && s.state != uint8(i+1) {
			return "a process holds a lock that is not its own"
		}
	}
	if stuck && asleep {
		return "a process sleeps for good"
	}
	return ""
}

// Steps returns what one step of each process leads to, deaths and cancellations too.
func (s Lock) Steps() (next []Lock, progress bool) {
	for i := range processes {
		at := s.p[i].at
		if at == lockGone || at == lockDone {
			continue
		}
		if s.deaths > 0 {
			next = s.kill(next, i)
		}
		if s.cancels > 0 && (at == lockSleepy || at == lockSleeping) {
			t := s
			t.cancels--
			t.p[i].at = lockQuit1
			next = append(next, t)
		}
		if at == lockSleeping {
			continue
		}
		if t := s.waiters.lowest(); at == lockFree && t >= 0 { // it may hand the lock over
			h := s
			h.p[i].target, h.p[i].at = uint8(t), lockHand
			next = append(next, h)
		}
		t := s
		t.step(i)
		next, progress = append(next, t), true
	}
	return next, progress
}

// kill appends the states after the death of i: the kernel wakes one sleeper, any one.
func (s Lock) kill(next []Lock, i int) []Lock {
	s.deaths--
	s.p[i] = lockProcess{at: lockGone}
	s.life[i] = died
	woken := false
	for j := range processes {
		if s.p[j].at == lockSleeping {
			woken = true
			t := s
			t.p[j].at = lockDuty
			if s.without(LockNoDuty) {
				t.p[j].at = s.again()
			}
			next = append(next, t)
		}
	}
	if !woken {
		next = append(next, s)
	}
	return next
}

// again is where a process goes that looks again.
func (s *Lock) again() lockPlace {
	if s.without(LockUnmarkFirst) {
		return lockUnmark
	}
	return lockListen
}

// someDead sends p to sweep a dead process, if there is one, and back to back.
func (s *Lock) someDead(p *lockProcess, back lockPlace) bool {
	d := firstDead(s.life)
	if d < 0 {
		return false
	}
	p.dead, p.back, p.at = uint8(d), back, lockSweep1
	return true
}
