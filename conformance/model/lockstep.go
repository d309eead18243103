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
			p.at = lockPass
		default:
			p.at = lockDone
		}
	case lockSweep1, lockSweep2, lockSweep3, lockSweepHanded, lockRingAll, lockWakeAll, lockBury:
		s.sweep(i)
	default:
		s.unlock(i)
	}
}

// unmark takes back a wake-up.
func (s *Lock) unmark(name uint8) {
	if s.woken == name {
		s.woken = 0
	}
}

// unlock takes a step of giving the lock up, and of waking another process.
func (s *Lock) unlock(i int) {
	p := &s.p[i]
	switch p.at {
	case lockFree:
		s.state, p.at = 0, lockPass
		p.turns--
	case lockHand:
		s.state, p.at = handed+p.target, lockHeir
		p.turns--
		if s.without(LockHandBlindly) {
			p.at = lockRing
		}
	case lockHeir:
		p.at = lockRing
		if !s.waiters.has(int(p.target)) {
			p.at = lockUndo
		}
	case lockUndo:
		p.at = lockOutside
		if s.state == handed+p.target {
			s.state, p.at = 0, lockPass
		}
	case lockPass:
		p.at = lockPick
		if s.waiters == 0 || s.woken != 0 {
			p.at = lockOutside
		}
	case lockPick:
		p.at = lockOutside
		if t := s.waiters.lowest(); t >= 0 {
			p.target, p.at = uint8(t), lockMark
		}
	case lockMark:
		switch {
		case s.woken != 0:
			p.at = lockOutside
		case s.without(LockNoRecheck):
			s.woken, p.at = p.target+1, lockRing
		default:
			s.woken, p.at = p.target+1, lockLook
		}
	case lockLook:
		p.at = lockRing
		if !s.waiters.has(int(p.target)) {
			p.at = lockClear
		}
	case lockClear:
		s.unmark(p.target + 1)
		p.at = lockPass
	case lockRing:
		s.p[p.target].fresh = true
		p.at = lockWake
	case lockWake:
		s.rouse(int(p.target))
		p.at = lockOutside
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
		if s.woken == p.dead+1 || !s.without(LockSweepWokenOnly) && s.woken != 0 && !s.waiters.has(int(s.woken-1)) {
			s.woken = 0
		}
		p.at = lockSweepHanded
	case lockSweepHanded:
		if !s.without(LockSweepNoHanded) && s.state >= handed && !s.waiters.has(int(s.state-handed)) {
			s.state = 0
		}
		p.at, p.rung = lockRingAll, 0
	case lockRingAll:
		for p.rung < processes && (!s.waiters.has(int(p.rung)) || int(p.rung) == i) {
			p.rung++
		}
		p.at = lockBury
		if p.rung < processes && !s.without(LockNoRing) {
			s.p[p.rung].fresh = true
			p.at = lockWakeAll
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
