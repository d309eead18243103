package model

// guarded reports whether another process is in a section. What the dead were in is over.
func (s *Queue) guarded(i int) bool {
	if s.guard == 0 || int(s.guard) == i+1 {
		return false
	}
	if s.life[s.guard-1] != alive {
		s.guard = 0
	}
	return s.guard != 0
}

// step takes the one step of process i, and returns false if there is none.
func (s *Queue) step(i int) bool {
	p := &s.p[i]
	switch {
	case p.at == queueIdle && p.turns == 0, p.at != queueCopy && s.guarded(i):
		return false
	case p.at == queueInside:
		s.copy(p)
		p.at = queueCommit
		if s.without(QueueCommitFirst) {
			s.exit(i)
		}
	case p.at == queueCommit:
		s.commit(i)
		p.at = queueInside
		if !s.without(QueueCommitFirst) {
			s.exit(i)
		}
	case p.at == queueIdle && (p.role == Producer || p.role == Quick):
		return s.reserve(i)
	case p.at == queueIdle:
		return s.take(i)
	case p.at == queueCopy && s.moves(p):
		s.copy(p)
		s.next(p)
	case p.at == queueCopy:
		s.copy(p)
		p.at = queueMove
	case p.at == queueMove:
		s.move(i)
	default: // TaskDone
		s.holds[i]--
		s.finish(p)
		s.next(p)
	}
	return true
}

// moves reports whether p has moved its slot on before it copied.
func (s *Queue) moves(p *queueProcess) bool {
	return p.role == Producer && s.without(QueuePublishFirst) || p.role != Producer && s.without(QueueFreeFirst)
}

// next begins the next turn of p.
func (s *Queue) next(p *queueProcess) {
	p.at, p.item, p.slot = queueIdle, 0, 0
	p.turns--
}

func (s *Queue) reserve(i int) bool {
	p := &s.p[i]
	for n := range s.slots {
		if s.slots[n].state == free {
			p.slot, p.item = uint8(n), uint8(1+2*i)+p.turns-1
			if p.role == Quick {
				s.enter(i)
				return true
			}
			s.slots[n] = slot{state: reserved, owner: uint8(i)}
			if s.without(QueueTakeReserved) {
				s.publish(p)
				s.slots[n].state = full
			}
			p.at = queueCopy
			if s.without(QueuePublishFirst) {
				p.at = queueMove
			}
			return true
		}
	}
	return false
}

// take takes or leases the first item that was published.
func (s *Queue) take(i int) bool {
	p := &s.p[i]
	if s.order[0] == 0 {
		return false
	}
	p.slot = s.order[0] - 1
	if p.role == Hasty {
		s.enter(i)
		return true
	}
	mine := s.unlink(p)
	mine.state, mine.owner = taken, uint8(i)
	if p.role != Consumer {
		mine.state = leased
	}
	p.at = queueCopy
	if s.without(QueueFreeFirst) {
		p.item, p.at = mine.item, queueMove
	}
	return true
}

// unlink takes the slot of p, which is the first, out of the order.
func (s *Queue) unlink(p *queueProcess) *slot {
	copy(s.order[:], append(s.order[1:], 0))
	mine := &s.slots[p.slot]
	for _, other := range s.slots {
		s.overtaken = s.overtaken || other.state == full && other.sequence < mine.sequence
	}
	return mine
}

// enter begins a section that copies.
func (s *Queue) enter(i int) {
	s.guard, s.p[i].at = uint8(i+1), queueInside
	if s.without(QueueCommitFirst) {
		s.p[i].at = queueCommit
	}
}

// commit moves the slot of i on.
func (s *Queue) commit(i int) {
	p := &s.p[i]
	if p.role == Quick {
		s.publish(p)
		s.slots[p.slot].state = full
		return
	}
	mine := s.unlink(p)
	*mine = slot{item: mine.item}
	s.holds[i]++
}

// exit ends the section.
func (s *Queue) exit(i int) {
	p := &s.p[i]
	s.guard = 0
	if p.role == Quick {
		s.next(p)
		return
	}
	p.at = queueClose
}

// copy copies the item into the slot, or out of it.
func (s *Queue) copy(p *queueProcess) {
	mine := &s.slots[p.slot]
	if p.role == Producer || p.role == Quick {
		mine.item = p.item
		return
	}
	s.mangled = s.mangled || mine.item == 0 || p.item != 0 && p.item != mine.item
	p.item = mine.item
}

// publish puts the slot of p behind the others.
func (s *Queue) publish(p *queueProcess) {
	s.sequence++
	s.unfinished++
	s.slots[p.slot].sequence = s.sequence
	s.published |= 1 << p.item
	for n := range s.order {
		if s.order[n] == 0 {
			s.order[n] = p.slot + 1
			return
		}
	}
}

// giveBack puts a slot before those that were published later.
func (s *Queue) giveBack(n uint8) {
	s.slots[n].state = full
	at := 0
	for at < slots && s.order[at] != 0 {
		later := s.slots[s.order[at]-1].sequence > s.slots[n].sequence
		if !s.without(QueueReturnToBack) && (later || s.without(QueueReturnToFront)) {
			break
		}
		at++
	}
	copy(s.order[at+1:], s.order[at:])
	s.order[at] = n + 1
}

// move takes the slot of i to its next state.
func (s *Queue) move(i int) {
	p := &s.p[i]
	mine := &s.slots[p.slot]
	switch {
	case p.role == Producer:
		if !s.without(QueueTakeReserved) {
			s.publish(p)
			mine.state = full
		}
	case p.role == Returning && p.turns > 1:
		s.giveBack(p.slot)
	case p.role == Consumer:
		*mine = slot{item: mine.item}
		s.holds[i]++
		p.at = queueClose
		return
	default:
		*mine = slot{item: mine.item}
		s.finish(p)
	}
	if s.moves(p) {
		p.at = queueCopy
		return
	}
	s.next(p)
}

// finish books the item of p as finished.
func (s *Queue) finish(p *queueProcess) {
	s.unfinished--
	s.twice = s.twice || s.finished&(1<<p.item) != 0
	s.finished |= 1 << p.item
}

// sweep puts right what the dead process d has left.
func (s *Queue) sweep(d int) {
	if s.life[d] != died {
		return
	}
	s.life[d] = swept
	for n := range s.slots {
		mine := &s.slots[n]
		switch {
		case int(mine.owner) != d:
		case mine.state == reserved && !s.without(QueueKeepReserved):
			*mine = slot{}
		case mine.state == taken && !s.without(QueueKeepTaken):
			s.lose(mine.item)
			*mine = slot{}
		case mine.state == leased:
			s.giveBack(uint8(n))
		}
	}
	if s.without(QueueForgetHolds) {
		return
	}
	if s.holds[d] > 0 {
		s.holds[d] = 0
		s.lose(s.hand[d])
	}
}

// lose books an item as lost.
func (s *Queue) lose(item uint8) {
	s.unfinished--
	s.lost |= 1 << item
}
