package model

// Queue is the slots of a bounded queue. A guarded section is one step: [Guard] shows
// that a section happens whole or not at all. One that copies is two steps, the copy and
// what is committed, and others come in between if its process is killed there.
//
//	put    section: a FREE slot → RESERVED(me); copy the item into the slot;
//	       section: → FULL, last of those published
//	get    section: the first published → TAKEN(me); copy the item out of the slot;
//	       section: → FREE, holds[me]+1. Later, TaskDone: section: holds[me]−1, unfinished−1
//	quick  of a small item. Put: section: copy the item into a FREE slot, then → FULL. Get:
//	       section: copy the first published out of its slot, then → FREE, holds[me]+1
//	lease  section: the first published → LEASED(me); copy the item out of the slot.
//	       Done: section: → FREE, unfinished−1. Return: section: → FULL, before those published later
//	sweep  of d, once, in one section: RESERVED(d) → FREE; TAKEN(d) → FREE, it is lost;
//	       LEASED(d) → FULL, before those published later; holds[d] are lost
//
// Process 0 puts two items. The other processes are what [NewQueue] is told. Left out:
// waiting, which is that of [Guard], with two numbers instead of one.
type Queue struct {
	rules QueueRules
	life  [processes]life
	p     [processes]queueProcess

	slots      [slots]slot
	order      [slots]uint8 // published slots + 1, the first first
	sequence   uint8        // given to the last item published
	unfinished uint8
	holds      [processes]uint8
	guard      uint8 // 0, or the process + 1 that copies within a section
	deaths     uint8

	// The books of an observer, a bit for each item.
	published, finished, lost items
	hand                      [processes]uint8 // the item that a process had got when it died
	twice                     bool             // an item was finished twice
	mangled                   bool             // an item arrived as another
	overtaken                 bool             // an item was taken before one published earlier
}

const slots = 2

// items is a set of items, which are numbers from 1.
type items uint8

// A slot holds one item.
type slot struct {
	state    slotState
	owner    uint8 // of a slot that is reserved, taken or leased
	item     uint8 // what lies in it
	sequence uint8 // when it was published
}

type slotState uint8

const (
	free slotState = iota
	reserved
	full
	taken
	leased
)

// QueueRules are the rules of [Queue] that are left out.
type QueueRules uint16

// The rules of [Queue].
const (
	QueuePublishFirst  QueueRules = 1 << iota // a slot is FULL before the item is in it
	QueueFreeFirst                            // a slot is FREE before the item is out of it
	QueueKeepReserved                         // slots that the dead have reserved stay so
	QueueKeepTaken                            // slots that the dead have taken stay so
	QueueReturnToBack                         // what was leased goes behind the others
	QueueReturnToFront                        // what was leased goes before the others, also those published earlier
	QueueForgetHolds                          // items of the dead that were not finished are forgotten
	QueueTakeReserved                         // items are taken in the order of reservation
	QueueCommitFirst                          // a section that copies commits before it copies
)

// A Role is what a process does with a [Queue].
type Role uint8

// The roles.
const (
	Producer  Role = iota // puts as many items as it has turns
	Consumer              // gets, and finishes
	Lessee                // leases, and finishes
	Returning             // leases, and returns the first item
	Quick                 // puts as a producer, small items
	Hasty                 // gets as a consumer, small items
)

type queueProcess struct {
	role  Role
	at    queuePlace
	turns uint8
	item  uint8
	slot  uint8
	late  uint8 // whom it sweeps, + 1, having seen the death
}

type queuePlace uint8

const (
	queueIdle   queuePlace = iota
	queueCopy              // into or out of the slot
	queueMove              // the slot, on
	queueInside            // a section, that copies
	queueCommit            // it
	queueClose             // what was got is to be finished
	queueGone              // killed
)

// NewQueue returns the start of a queue's life: process 0 is a [Producer] of two items,
// the others have the roles, with so many turns.
func NewQueue(without QueueRules, deaths uint8, one, two Role, turns uint8) Queue {
	s := Queue{rules: without, deaths: deaths}
	s.p[0] = queueProcess{role: Producer, turns: 2}
	s.p[1] = queueProcess{role: one, turns: turns}
	s.p[2] = queueProcess{role: two, turns: turns}
	return s
}

func (s *Queue) without(r QueueRules) bool { return s.rules&r != 0 }

// Fault tells what the books of the observer say.
func (s Queue) Fault(stuck bool) string {
	switch {
	case s.twice:
		return "an item was finished twice"
	case s.mangled:
		return "an item arrived as another"
	case s.overtaken:
		return "an item was taken before one that was published earlier"
	case !stuck:
		return ""
	}
	var there items
	for _, slot := range s.slots {
		switch {
		case slot.state == full:
			there |= 1 << slot.item
		case slot.state != free:
			return "a slot is nobody's"
		}
	}
	switch {
	case s.published != there|s.finished|s.lost || there&s.finished != 0 || s.lost&(there|s.finished) != 0:
		return "an item was lost without a word"
	case int(s.unfinished) != there.len():
		return "Join waits for good, or for too little"
	}
	return ""
}

func (s items) len() (n int) {
	for ; s != 0; s &= s - 1 {
		n++
	}
	return n
}

// Steps returns what one step of each process leads to, deaths too.
func (s Queue) Steps() (next []Queue, progress bool) {
	for i := range processes {
		if s.p[i].at == queueGone {
			continue
		}
		if busy := s.p[i].turns > 0 || s.p[i].at != queueIdle; s.deaths > 0 && busy {
			t := s
			t.deaths--
			t.hand[i] = t.p[i].item
			t.p[i], t.life[i] = queueProcess{at: queueGone}, died
			next = append(next, t)
		}
		for d := range processes {
			if s.life[d] == died && s.p[i].late == 0 {
				t := s
				t.p[i].late = uint8(d + 1)
				next, progress = append(next, t), true
			}
		}
		if s.p[i].late != 0 {
			t := s
			if t.guarded(i) || t.guard != 0 { // its own, whose section it ends first
				if t.step(i) {
					next, progress = append(next, t), true
				}
				continue
			}
			t.sweep(int(s.p[i].late - 1))
			t.p[i].late = 0
			next, progress = append(next, t), true
			continue
		}
		if t := s; t.step(i) {
			next, progress = append(next, t), true
		}
	}
	return next, progress
}

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
