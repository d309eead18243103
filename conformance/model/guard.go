package model

// Guard is a semaphore of several permits, which has all that a guarded object has: a
// guard, a redo record, words that change together, and processes that wait.
//
//	acquire   section: no claim, and permits > 0 → permits−1, held[me]+1: done. Else
//	       1  waiters |= me
//	       2  b := bell
//	       3  woken = me → woken := 0
//	       4  section: the claim is another's → 5. permits > 0 → as above, and claim = me → 0.
//	          Done: waiters &^= me, woken = me → 0, permits > 0 → a. Else: no claim → claim := me
//	       5  a process is dead → sweep; goto 2
//	       6  sleep while bell = b; woken by a death → sweep; goto 2
//	release   section: permits+1, held[me]−1; then
//	       a  waiters = 0 → done. There is a claim: permits > 0 → ring who has it; done.
//	          woken ≠ 0 → done
//	       b  t := a waiter; CAS woken 0 → t; t has left waiters → woken t → 0, goto a
//	       c  bell[t]++, wake t
//	give up   section: claim = me → 0. waiters &^= me; woken = me → 0; permits > 0 → a
//	section   CAS guard 0 → me; write the new values into the redo record; count := 2
//	          (the commit); write the words; count := 0; guard := 0. A guard of a dead
//	          process is swept first.
//	sweep d   CAS guard 0, or of a dead process, → me; count ≠ 0 → write the words again,
//	          count := 0. Section: permits += held[d], held[d] := 0, claim = d → 0; guard := 0.
//	          waiters &^= d; woken = d, or not in waiters → 0; ring all waiters; d is swept
//
// Left out: slots that are used again by other processes; the bound on spinning at the
// guard, which is a step that can always be taken here; and that a claim is made after
// three tries only, and passed over when its process does not come for 10 ms.
type Guard struct {
	rules  GuardRules
	claims bool // processes claim to be next, as at a desk that has a word for it
	life   [processes]life
	p      [processes]guardProcess

	guard   uint8 // 0, or the process + 1
	count   uint8 // of the redo record
	record  redo
	permits uint8
	held    [processes]uint8
	claim   uint8 // 0, or the process + 1 that is next
	total   uint8

	line
	deaths  uint8 // that may still happen
	cancels uint8
}

// redo is up to three words and their new values.
type redo struct {
	n     uint8
	word  [3]uint8
	value [3]uint8
}

// The words.
const (
	wordPermits = iota
	wordHeld    // of process 0, then those of the others
	wordClaim   = wordHeld + processes
)

// set appends a word.
func (r *redo) set(word, value uint8) {
	r.word[r.n], r.value[r.n] = word, value
	r.n++
}

// GuardRules are the rules of [Guard] that are left out.
type GuardRules uint16

// The rules of [Guard].
const (
	GuardNoRedo          GuardRules = 1 << iota // words are written without a record
	GuardApplyBeforeTake                        // a sweeper writes the words again before it has the guard
	GuardRepairOutside                          // permits of the dead come back without the guard
	GuardNoLookAtGuard                          // a process that waits for the guard does not look whether its holder is dead
	GuardNoRing                                 // a sweeper does not ring those that wait
	GuardNoDuty                                 // a process that a death has woken does not sweep first
	GuardNoRecheck                              // the one to be woken is not looked at again
	GuardNoPass                                 // a process that took a permit does not pass on that there are more
	GuardQuitQuietly                            // a process that gives up passes nothing on
	GuardSweepWokenOnly                         // a wake-up for a process that does not wait any more stays
	GuardClearFirst                             // the record is cleared before the words are written
	GuardUnmarkFirst                            // 3 comes before 2
	GuardSettleFirst                            // woken = me → 0 comes before waiters &^= me
	GuardKeepClaim                              // a process that gives up keeps its claim
	GuardSweepNoClaim                           // the claim of a dead process stays
)

type guardProcess struct {
	waker
	at    place
	job   job
	turns uint8 // permits that it still wants to have
	fresh bool  // the bell has rung since it was read
	got   bool  // the section has taken a permit
	quit  bool  // it has given up

	sweeps bool // it sweeps dead, and goes to back then
	dead   uint8
	back   place
	rung   uint8 // whom the sweep rings next
	value  uint8 // what it has read outside the guard
}

// A job is what a section is for.
type job uint8

const (
	takeFirst job = iota // a permit, before it waits
	takeAgain            // a permit, after it has waited
	give                 // a permit back
	unclaim              // the claim, before it gives up
)

type place uint8

// The places of a process.
const (
	outside place = iota // it wants a permit, if it has turns left

	enter   // the guard
	prepare // the record, from the words as they are
	commit
	write1
	write2
	write3
	erase
	exit

	enlist   // 1
	listen   // 2
	unmark   // 3
	sleepy   // 5
	sleeping // 6, in the kernel
	duty     // woken by a death
	delist
	settle
	more // are there permits left?

	holding

	passOn // is there a claim?
	waking // a, b, c

	giveUp
	giveUp2

	sweep
	replay1
	replay2
	replay3
	replayed
	outside1 // the repair without the guard
	outside2
	outside3
	forget
	forget2
	ringAll
	wakeAll
	bury

	gone // killed
	done
)

// NewGuard returns the start of a semaphore's life.
func NewGuard(without GuardRules, claims bool, permits, deaths, cancels uint8, turns [processes]uint8) Guard {
	s := Guard{rules: without, claims: claims, permits: permits, total: permits, deaths: deaths, cancels: cancels}
	for i := range processes {
		s.p[i].turns = turns[i]
	}
	return s
}

func (s *Guard) without(r GuardRules) bool { return s.rules&r != 0 }

// someDead sends p to sweep a dead process, if there is one, and back to back.
func (s *Guard) someDead(p *guardProcess, back place) bool {
	d := firstDead(s.life)
	if d < 0 {
		return false
	}
	p.sweeps, p.dead, p.back, p.at = true, uint8(d), back, sweep
	return true
}

// write writes a word of the object, if the record has so many.
func (s *Guard) write(n int) {
	if n >= int(s.record.n) {
		return
	}
	switch word, value := s.record.word[n], s.record.value[n]; word {
	case wordPermits:
		s.permits = value
	case wordClaim:
		s.claim = value
	default:
		s.held[word-wordHeld] = value
	}
}

// Fault tells when permits were lost or made, and when a process waits for good.
func (s Guard) Fault(stuck bool) string {
	sum, dead, waits := s.permits, false, false
	for i, p := range s.p {
		sum += s.held[i]
		dead = dead || s.life[i] == died
		waits = waits || p.at == sleeping || p.at == enter
		if p.at == holding && s.held[i] != 1 {
			return "a process has a permit and the books do not know"
		}
	}
	switch {
	case s.guard == 0 && sum != s.total:
		return "permits were lost or made"
	case stuck && waits:
		return "a process waits for good"
	case stuck && !dead && s.permits != s.total:
		return "permits of the dead did not come back"
	}
	return ""
}

// Steps returns what one step of each process leads to, deaths and cancellations too.
func (s Guard) Steps() (next []Guard, progress bool) {
	for i := range processes {
		at := s.p[i].at
		if at == gone || at == done {
			continue
		}
		if s.deaths > 0 {
			next = s.kill(next, i)
		}
		if s.cancels > 0 && (at == sleepy || at == sleeping) {
			t := s
			t.cancels--
			t.p[i].quit = true
			t.p[i].section(unclaim)
			if s.without(GuardKeepClaim) {
				t.p[i].at = giveUp
			}
			next = append(next, t)
		}
		if t := s; at != sleeping && t.step(i) {
			next, progress = append(next, t), true
		}
	}
	return next, progress
}

// kill appends the states after the death of i: the kernel wakes one sleeper, any one.
func (s Guard) kill(next []Guard, i int) []Guard {
	s.deaths--
	s.p[i] = guardProcess{at: gone}
	s.life[i] = died
	woken := false
	for j := range processes {
		if s.p[j].at == sleeping {
			woken = true
			t := s
			t.p[j].at = duty
			if s.without(GuardNoDuty) {
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
