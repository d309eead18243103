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
