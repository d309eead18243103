package model

// Guard is a semaphore of several permits, which has all that a guarded object has: a
// guard, a redo record, words that change together, and processes that wait.
//
//	acquire   section: permits > 0 → permits−1, held[me]+1: done. Else
//	       1  waiters |= me
//	       2  b := bell
//	       3  woken = me → woken := 0
//	       4  section as above. Done: waiters &^= me, woken = me → 0, permits > 0 → a
//	       5  a process is dead → sweep; goto 2
//	       6  sleep while bell = b; woken by a death → sweep; goto 2
//	release   section: permits+1, held[me]−1; then
//	       a  waiters = 0, or woken ≠ 0 → done
//	       b  t := a waiter; CAS woken 0 → t; t has left waiters → woken t → 0, goto a
//	       c  bell[t]++, wake t
//	give up   waiters &^= me; woken = me → 0; permits > 0 → a
//	section   CAS guard 0 → me; write the new values into the redo record; count := 2
//	          (the commit); write the words; count := 0; guard := 0. A guard of a dead
//	          process is swept first.
//	sweep d   CAS guard 0, or of a dead process, → me; count ≠ 0 → write the words again,
//	          count := 0. Section: permits += held[d], held[d] := 0; guard := 0.
//	          waiters &^= d; woken = d, or not in waiters → 0; ring all waiters; d is swept
//
// Left out: slots that are used again by other processes, and the bound on spinning at
// the guard, which is a step that can always be taken here.
type Guard struct {
	rules GuardRules
	life  [processes]life
	p     [processes]guardProcess

	guard   uint8 // 0, or the process + 1
	count   uint8 // of the redo record
	record  redo
	permits uint8
	held    [processes]uint8
	total   uint8

	waiters set
	woken   uint8 // 0, or the process + 1
	deaths  uint8 // that may still happen
	cancels uint8
}

// redo is two words and their new values. Word 0 is permits, word 1+i is held[i].
type redo struct {
	word  [2]uint8
	value [2]uint8
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
)

type guardProcess struct {
	at     place
	job    job
	turns  uint8 // permits that it still wants to have
	target uint8 // whom it wakes
	fresh  bool  // the bell has rung since it was read
	got    bool  // the section changed something
	quit   bool  // it has given up

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

	passOn  // a
	choose  // b
	mark    // the CAS of b
	recheck // has the one to be woken left?
	retract
	ring // c
	wake

	giveUp
	giveUp2

	sweep
	replay1
	replay2
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
func NewGuard(without GuardRules, permits, deaths, cancels uint8, turns [processes]uint8) Guard {
	s := Guard{rules: without, permits: permits, total: permits, deaths: deaths, cancels: cancels}
	for i := range processes {
		s.p[i].turns = turns[i]
	}
	return s
}

func (s *Guard) without(r GuardRules) bool { return s.rules&r != 0 }

// someDead sends p to sweep a dead process, if there is one, and back to back.
func (s *Guard) someDead(p *guardProcess, back place) bool {
	for i, l := range s.life {
		if l == died {
			p.sweeps, p.dead, p.back, p.at = true, uint8(i), back, sweep
			return true
		}
	}
	return false
}

// write writes a word of the object.
func (s *Guard) write(n int) {
	if word := s.record.word[n]; word == 0 {
		s.permits = s.record.value[n]
	} else {
		s.held[word-1] = s.record.value[n]
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
			t.p[i].at, t.p[i].quit = giveUp, true
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

// section sends p into the guard.
func (p *guardProcess) section(what job) { p.at, p.job = enter, what }

// step takes the one step of process i, and returns false if there is none.
func (s *Guard) step(i int) bool {
	p, me := &s.p[i], uint8(i+1)
	switch p.at {
	case outside:
		p.section(takeFirst)
		if p.turns == 0 || p.quit {
			p.at = done
		}
	case holding:
		p.section(give)
	case enter:
		return s.enter(i)
	case prepare:
		s.prepare(i)
	case commit:
		s.count, p.at = 2, write1
		if s.without(GuardNoRedo | GuardClearFirst) {
			s.count = 0
		}
	case write1:
		s.write(0)
		p.at = write2
	case write2:
		s.write(1)
		p.at = erase
	case erase:
		s.count, p.at = 0, exit
	case exit:
		s.guard, s.record = 0, redo{}
		s.left(i)

	case enlist:
		s.waiters |= 1 << i
		p.at = s.again()
	case listen:
		p.fresh, p.at = false, unmark
		if s.without(GuardUnmarkFirst) {
			p.section(takeAgain)
		}
	case unmark:
		if s.woken == me {
			s.woken = 0
		}
		if s.without(GuardUnmarkFirst) {
			p.at = listen
		} else {
			p.section(takeAgain)
		}
	case sleepy:
		switch {
		case s.someDead(p, s.again()):
		case p.fresh:
			p.at = s.again()
		default:
			p.at = sleeping
		}
	case duty:
		if !s.someDead(p, duty) {
			p.at = s.again()
		}
	case delist:
		s.waiters &^= 1 << i
		p.at = settle
		if s.without(GuardSettleFirst) {
			p.at = more
		}
	case settle:
		if s.woken == me {
			s.woken = 0
		}
		p.at = more
		if s.without(GuardSettleFirst) {
			p.at = delist
		}
	case more:
		p.at = s.rest(p)
		if s.permits > 0 && !s.without(GuardNoPass) {
			p.at = passOn
		}
	case giveUp:
		s.waiters &^= 1 << i
		p.at = giveUp2
	case giveUp2:
		if s.woken == me {
			s.woken = 0
		}
		p.got, p.at = false, more
		if s.without(GuardQuitQuietly) {
			p.at = done
		}

	case passOn, choose, mark, recheck, retract, ring, wake:
		s.pass(i)
	default:
		s.clean(i)
	}
	return true
}

// again is where a process goes that looks again.
func (s *Guard) again() place {
	if s.without(GuardUnmarkFirst) {
		return unmark
	}
	return listen
}

// rest returns where p goes on when it has passed on what it had to.
func (s *Guard) rest(p *guardProcess) place {
	if p.got && p.job != give {
		return holding
	}
	return outside
}

// enter takes the guard. The guard of a dead process is taken in its sweep only, and the
// record is written again first.
func (s *Guard) enter(i int) bool {
	p := &s.p[i]
	switch {
	case s.guard == 0:
		s.guard, p.at = uint8(i+1), prepare
	case s.life[s.guard-1] != died || s.without(GuardNoLookAtGuard):
		return false
	case !p.sweeps:
		p.sweeps, p.dead, p.back, p.at = true, s.guard-1, enter, sweep
	case s.count == 0:
		s.guard, p.at = uint8(i+1), prepare
	default:
		p.at = replay1
		if !s.without(GuardApplyBeforeTake) {
			s.guard = uint8(i + 1)
		}
	}
	return true
}

// prepare fills in the record, by what the section is for.
func (s *Guard) prepare(i int) {
	p := &s.p[i]
	mine := uint8(1 + i)
	p.at = commit
	switch {
	case p.sweeps && s.held[p.dead] == 0:
		p.at = exit
	case p.sweeps:
		s.record = redo{[2]uint8{0, 1 + p.dead}, [2]uint8{s.permits + s.held[p.dead], 0}}
	case p.job == give:
		s.record = redo{[2]uint8{0, mine}, [2]uint8{s.permits + 1, s.held[i] - 1}}
	case s.permits > 0:
		p.got = true
		s.record = redo{[2]uint8{0, mine}, [2]uint8{s.permits - 1, s.held[i] + 1}}
	default:
		p.got, p.at = false, exit
	}
}

// left sends i on after a section.
func (s *Guard) left(i int) {
	p := &s.p[i]
	switch {
	case p.sweeps:
		p.at = forget
	case p.job == give:
		p.turns--
		p.at = passOn
	case p.job == takeFirst && p.got:
		p.at = holding
	case p.job == takeFirst:
		p.at = enlist
	case !p.got:
		p.at = sleepy
	case s.without(GuardSettleFirst):
		p.at = settle
	default:
		p.at = delist
	}
}

// pass takes a step of waking another process.
func (s *Guard) pass(i int) {
	p := &s.p[i]
	switch p.at {
	case passOn:
		p.at = choose
		if s.waiters == 0 || s.woken != 0 {
			p.at = s.rest(p)
		}
	case choose:
		if t := s.waiters.lowest(); t < 0 {
			p.at = s.rest(p)
		} else {
			p.target, p.at = uint8(t), mark
		}
	case mark:
		switch {
		case s.woken != 0:
			p.at = s.rest(p)
		case s.without(GuardNoRecheck):
			s.woken, p.at = p.target+1, ring
		default:
			s.woken, p.at = p.target+1, recheck
		}
	case recheck:
		p.at = ring
		if !s.waiters.has(int(p.target)) {
			p.at = retract
		}
	case retract:
		if s.woken == p.target+1 {
			s.woken = 0
		}
		p.at = passOn
	case ring:
		s.p[p.target].fresh = true
		p.at = wake
	case wake:
		s.rouse(int(p.target))
		p.at = s.rest(p)
	}
}

// rouse wakes j if it sleeps.
func (s *Guard) rouse(j int) {
	if s.p[j].at == sleeping {
		s.p[j].at = s.again()
	}
}

// clean takes a step of a sweep.
func (s *Guard) clean(i int) {
	p := &s.p[i]
	d := int(p.dead)
	switch p.at {
	case sweep:
		p.at = enter
		switch {
		case s.life[d] != died:
			p.sweeps, p.at = false, p.back
		case s.without(GuardRepairOutside) && s.guard != p.dead+1:
			p.at = outside1
		}
	case replay1:
		s.write(0)
		p.at = replay2
	case replay2:
		s.write(1)
		p.at = replayed
	case replayed:
		p.at = prepare
		if s.without(GuardApplyBeforeTake) {
			if s.guard == uint8(i+1) || s.guard == 0 || s.life[s.guard-1] != died {
				p.at = enter
				return
			}
			s.guard = uint8(i + 1)
		}
		s.count, s.record = 0, redo{}
	case outside1:
		p.value, p.at = s.permits+s.held[d], outside2
	case outside2:
		s.permits, p.at = p.value, outside3
	case outside3:
		s.held[d], p.at = 0, forget
	case forget:
		s.waiters &^= 1 << d
		p.at = forget2
	case forget2:
		if s.woken == p.dead+1 || !s.without(GuardSweepWokenOnly) && s.woken != 0 && !s.waiters.has(int(s.woken-1)) {
			s.woken = 0
		}
		p.at, p.rung = ringAll, 0
	case ringAll:
		for p.rung < processes && (!s.waiters.has(int(p.rung)) || int(p.rung) == i) {
			p.rung++
		}
		p.at = bury
		if p.rung < processes && !s.without(GuardNoRing) {
			s.p[p.rung].fresh = true
			p.at = wakeAll
		}
	case wakeAll:
		s.rouse(int(p.rung))
		p.rung++
		p.at = ringAll
	case bury:
		if s.life[d] == died {
			s.life[d] = swept
		}
		p.sweeps, p.at = false, p.back
	}
}
