package model

// step takes the one step of process i.
func (s *Lock) step(i int) {
	p, me := &s.p[i], uint8(i+1)
	switch p.at {
	case lockOutside:
		switch {
		case p.turns == 0:
			p.at = lockDone
		case s.state == 0:
			s.state, p.at = me, lockHolding
		default:
			p.at = lockEnlist
		}
	case lockEnlist:
		s.waiters |= 1 << i
		p.at = s.again()
	case lockListen:
		p.fresh, p.at = false, lockUnmark
		if s.without(LockUnmarkFirst) {
			p.at = lockTry
		}
	case lockUnmark:
		s.unmark(me)
		p.at = lockTry
		if s.without(LockUnmarkFirst) {
			p.at = lockListen
		}
	case lockTry:
		switch {
		case s.state != 0 && s.state != handed+uint8(i):
			p.at = lockSleepy
		case s.without(LockSettleFirst):
			s.state, p.at = me, lockSettle
		default:
			s.state, p.at = me, lockDelist
		}
	case lockSleepy:
		switch {
		case !s.without(LockNoLook) && s.someDead(p, s.again()):
		case p.fresh:
			p.at = s.again()
		default:
			p.at = lockSleeping
		}
	case lockDuty:
		if !s.someDead(p, lockDuty) {
			p.at = s.again()
		}
	case lockDelist:
		s.waiters &^= 1 << i
		p.at = lockSettle
		if s.without(LockSettleFirst) {
			p.at = lockHolding
		}
	case lockSettle:
		s.unmark(me)
		p.at = lockHolding
		if s.without(LockSettleFirst) {
			p.at = lockDelist
		}
	case lockHolding:
		p.at = lockFree
	case lockQuit1:
		s.waiters &^= 1 << i
		p.at = lockQuit2
	case lockQuit2:
		s.unmark(me)
		p.turns, p.at = 0, lockQuit3
		if s.without(LockQuitQuietly) {
			p.at = lockDone
		}
	case lockQuit3:
		switch {
		case s.state == handed+uint8(i) && !s.without(LockQuitHeir):
			s.state, p.turns, p.at = me, 1, lockFree
		case s.state == 0:
			p.at = lockWake
		default:
			p.at = lockDone
		}
	case lockSweep1, lockSweep2, lockSweep3, lockSweepHanded, lockRingAll, lockWakeAll, lockBury:
		s.sweep(i)
	default:
		s.unlock(i)
	}
}

// unlock takes a step of giving the lock up, and of waking another process.
func (s *Lock) unlock(i int) {
	p := &s.p[i]
	switch p.at {
	case lockFree:
		s.state, p.at = 0, lockWake
		p.turns--
	case lockHand:
		s.state, p.at = handed+p.target, lockHeir
		p.turns--
		if s.without(LockHandBlindly) {
			p.at, p.step = lockWake, wakeRing
		}
	case lockHeir:
		p.at, p.step = lockWake, wakeRing
		if !s.waiters.has(int(p.target)) {
			p.at, p.step = lockUndo, wakePass
		}
	case lockUndo:
		p.at = lockOutside
		if s.state == handed+p.target {
			s.state, p.at = 0, lockWake
		}
	case lockWake:
		switch s.wake(&p.waker, s.without(LockNoRecheck)) {
		case rings:
			s.p[p.target].fresh = true
		case rouses:
			s.rouse(int(p.target))
			p.at = lockOutside
		case over:
			p.at = lockOutside
		}
	}
}

// rouse wakes j if it sleeps.
func (s *Lock) rouse(j int) {
	if s.p[j].at == lockSleeping {
		s.p[j].at = s.again()
	}
}

// sweep takes a step of a sweep.
func (s *Lock) sweep(i int) {
	p := &s.p[i]
	switch p.at {
	case lockSweep1:
		p.at = lockSweep2
		switch {
		case s.life[p.dead] != died:
			p.at = p.back
		case s.state == p.dead+1, s.state == handed+p.dead:
			s.state = 0 // DIED is a bit that nothing here looks at
		}
	case lockSweep2:
		s.waiters &^= 1 << p.dead
		p.at = lockSweep3
	case lockSweep3:
		s.forget(p.dead, s.without(LockSweepWokenOnly))
		p.at = lockSweepHanded
	case lockSweepHanded:
		if !s.without(LockSweepNoHanded) && s.state >= handed && !s.waiters.has(int(s.state-handed)) {
			s.state = 0
		}
		p.at, p.rung = lockRingAll, 0
	case lockRingAll:
		p.at = lockBury
		if t := s.next(p.rung, i); t >= 0 && !s.without(LockNoRing) {
			s.p[t].fresh = true
			p.rung, p.at = uint8(t), lockWakeAll
		}
	case lockWakeAll:
		s.rouse(int(p.rung))
		p.rung++
		p.at = lockRingAll
	case lockBury:
		if s.life[p.dead] == died {
			s.life[p.dead] = swept
		}
		p.at = p.back
	}
}
