package model

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
		p.at = write3
	case write3:
		s.write(2)
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
		s.unmark(me)
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
		s.unmark(me)
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
		s.unmark(me)
		p.got, p.at = false, more
		if s.without(GuardQuitQuietly) {
			p.at = done
		}

	case passOn, waking:
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
	p, me := &s.p[i], uint8(i+1)
	mine := wordHeld + uint8(i)
	r := redo{}
	switch {
	case p.sweeps:
		if held := s.held[p.dead]; held > 0 {
			r.set(wordPermits, s.permits+held)
			r.set(wordHeld+p.dead, 0)
		}
		if s.claim == p.dead+1 && !s.without(GuardSweepNoClaim) {
			r.set(wordClaim, 0)
		}
	case p.job == give:
		r.set(wordPermits, s.permits+1)
		r.set(mine, s.held[i]-1)
	case p.job == unclaim:
		if s.claim == me {
			r.set(wordClaim, 0)
		}
	case s.claim != 0 && s.claim != me:
		p.got = false
	case s.permits > 0:
		p.got = true
		r.set(wordPermits, s.permits-1)
		r.set(mine, s.held[i]+1)
		if s.claim == me {
			r.set(wordClaim, 0)
		}
	default:
		p.got = false
		if s.claims && p.job == takeAgain && s.claim == 0 {
			r.set(wordClaim, me)
		}
	}
	s.record, p.at = r, commit
	if r.n == 0 {
		p.at = exit
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
	case p.job == unclaim:
		p.at = giveUp
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
	if p.at == passOn {
		switch {
		case s.waiters == 0, s.claim != 0 && s.permits == 0:
			p.at = s.rest(p)
		case s.claim != 0:
			p.target, p.step, p.at = s.claim-1, wakeRing, waking
		default:
			p.at = waking
		}
		return
	}
	switch s.wake(&p.waker, s.without(GuardNoRecheck)) {
	case rings:
		s.p[p.target].fresh = true
	case rouses:
		s.rouse(int(p.target))
		p.at = s.rest(p)
	case over:
		p.at = s.rest(p)
	}
}

// rouse wakes j if it sleeps.
func (s *Guard) rouse(j int) {
	if s.p[j].at == sleeping {
		s.p[j].at = s.again()
	}
}
