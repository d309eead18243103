package model

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
		p.at = replay3
	case replay3:
		s.write(2)
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
		s.line.forget(p.dead, s.without(GuardSweepWokenOnly))
		p.at, p.rung = ringAll, 0
	case ringAll:
		p.at = bury
		if t := s.next(p.rung, i); t >= 0 && !s.without(GuardNoRing) {
			s.p[t].fresh = true
			p.rung, p.at = uint8(t), wakeAll
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
