package model

// step takes the one step of process i, and returns false if there is none.
func (s *Condition) step(i int) bool {
	p := &s.p[i]
	switch p.at {
	case conditionOutside:
		p.at = conditionLocking
		if p.turns == 0 {
			p.at = conditionDone
		}
	case conditionLocking:
		switch {
		case s.lock == 0:
			s.lock, p.at = uint8(i+1), conditionHolding
			if p.waited {
				p.at = conditionUnlock
			}
		case s.life[s.lock-1] == died:
			return s.someDead(p, conditionLocking)
		default:
			return false
		}
	case conditionHolding:
		s.hold(i)
		p.at = conditionUnlock
	case conditionUnlock:
		s.lock, p.at = 0, conditionPay
	case conditionPay, conditionWake:
		s.pay(i)
	case conditionListen:
		p.fresh, p.at = false, conditionTake
		if s.without(ConditionLookFirst) {
			p.at = conditionSleepy
		}
	case conditionTake:
		s.take(i)
	case conditionSleepy:
		switch {
		case !s.without(ConditionNoLook) && s.someDead(p, s.again()):
		case p.fresh:
			p.at = s.again()
		default:
			p.at = conditionSleeping
		}
	case conditionDuty:
		if !s.someDead(p, conditionDuty) {
			p.at = p.home
		}
	default:
		s.sweep(i)
	}
	return true
}

// hold is what i does with the lock: it notifies, or begins to wait.
func (s *Condition) hold(i int) {
	p := &s.p[i]
	if !p.notifies {
		s.waiting[i]++
		return
	}
	if t := s.chosen(); t >= 0 {
		s.granted[t]++
		p.owed |= 1 << t
	}
}

// pay takes a step of ringing the processes that are owed it.
func (s *Condition) pay(i int) {
	p := &s.p[i]
	t := p.owed.lowest()
	switch {
	case p.at == conditionWake:
		s.rouse(int(p.target))
		p.at = conditionPay
	case t >= 0 && !s.without(ConditionNoPay):
		p.owed &^= 1 << t
		s.p[t].fresh = true
		p.target, p.at = uint8(t), conditionWake
	case p.notifies || p.waited:
		p.owed, p.waited = 0, false
		p.turns--
		p.at = conditionOutside
	default:
		p.at = s.again()
	}
}

// take takes a notification, or gives up.
func (s *Condition) take(i int) {
	p := &s.p[i]
	took := s.granted[i] > 0 && !(p.quit && s.without(ConditionQuitBlind))
	switch {
	case took:
		s.granted[i]--
		fallthrough
	case p.quit:
		s.waiting[i]--
		p.waited, p.quit, p.at = true, false, conditionLocking
	case s.without(ConditionLookFirst):
		p.at = conditionListen
	default:
		p.at = conditionSleepy
	}
}

// rouse wakes j if it sleeps.
func (s *Condition) rouse(j int) {
	if s.p[j].at == conditionSleeping {
		s.p[j].at = s.again()
	}
}

// sweep takes a step of a sweep.
func (s *Condition) sweep(i int) {
	p := &s.p[i]
	d := p.dead
	switch p.at {
	case conditionSweep:
		if s.life[d] != died {
			p.at = p.back
			return
		}
		s.waiting[d] = 0
		t := s.chosen()
		switch {
		case s.granted[d] == 0 || t < 0:
			s.granted[d], p.rung, p.at = 0, 0, conditionRingAll
		case s.without(ConditionKeepGrants):
			s.granted[d], s.lost = 0, true
		default:
			s.granted[t]++
			s.granted[d]--
		}
	case conditionRingAll:
		for p.rung < processes && (s.granted[p.rung] == 0 || int(p.rung) == i) {
			p.rung++
		}
		p.at = conditionFree
		if p.rung < processes && !s.without(ConditionNoRing) {
			s.p[p.rung].fresh = true
			p.at = conditionWakeAll
		}
	case conditionWakeAll:
		s.rouse(int(p.rung))
		p.rung++
		p.at = conditionRingAll
	case conditionFree:
		if s.lock == d+1 {
			s.lock = 0
		}
		p.at = conditionBury
	case conditionBury:
		if s.life[d] == died {
			s.life[d] = swept
		}
		p.at = p.back
	}
}
