package robust

import (
	"context"

	"github.com/fanfold/fanfold/internal/closed"
)

// A Got is items that this process has taken out of the list. Their slots are its own
// until [Got.Finish] or, of a lease, [Got.Done] or [Got.Return].
type Got struct {
	q     *Queue
	slots []int
	state uint64 // of the slot of a lease
}

// items wants up to n items, which go into g.
func (q *Queue) items(g *Got, n, kind int) want {
	return want{n: 1,
		take: func(s *section) error {
			g.slots = g.slots[:0]
			first, there := s.get(qFirst), s.get(qLen)
			for uint64(len(g.slots)) < min(uint64(n), qBatch, there) {
				if !q.valid(first) {
					return errList
				}
				i := int(first)
				g.slots = append(g.slots, i)
				first = s.get(q.word(i, slotNext))
			}
			for _, i := range g.slots {
				state := q.word(i, slotState)
				s.first(state, slotWord(kind, q.slot, s.was(state)>>slotSequence))
				if kind == slotLeased {
					g.state = s.get(state)
					s.add(q.word(i, slotAttempts), 1)
				}
			}
			s.set(qFirst, first)
			if first == 0 {
				s.set(qLast, 0)
			}
			s.set(qLen, there-uint64(len(g.slots)))
			s.add(qGot, uint64(len(g.slots)))
			return nil
		},
		ended: func(s *section) error {
			if s.get(qShut) != 0 && s.get(qLen) == 0 {
				return closed.Err
			}
			return nil
		},
	}
}

// Get takes up to n items, at least one. It blocks until there is one. The error is
// closed.Err when the queue was shut down and has none, or context.Cause(ctx).
func (q *Queue) Get(ctx context.Context, n int) (*Got, error) {
	g := &Got{q: q}
	return g, q.getters.await(ctx, q.items(g, n, slotTaken))
}

// TryGet is Get that does not block. It returns nil if there is no item.
func (q *Queue) TryGet(n int) (*Got, error) { return q.tryGet(n, true) }

// GetMore is TryGet after a Get: it leaves the items to a process that is next.
func (q *Queue) GetMore(n int) (*Got, error) { return q.tryGet(n, false) }

func (q *Queue) tryGet(n int, overtakes bool) (*Got, error) {
	g := &Got{q: q}
	w := q.items(g, n, slotTaken)
	w.overtakes = overtakes
	ok, err := q.getters.now(w)
	if !ok {
		return nil, err
	}
	return g, err
}

// Lease takes an item that goes back if this process dies.
func (q *Queue) Lease(ctx context.Context) (*Got, error) {
	g := &Got{q: q}
	return g, q.getters.await(ctx, q.items(g, 1, slotLeased))
}

// Len returns how many items it is.
func (g *Got) Len() int { return len(g.slots) }

// Item returns the bytes of an item, which are the slot's: they are good until the slot
// is given back.
func (g *Got) Item(n int) []byte {
	q, i := g.q, g.slots[n]
	place := q.place(i)
	return place[:min(q.words[q.word(i, slotLength)].Load(), uint64(len(place)))]
}

// Attempt returns how often the item was leased.
func (g *Got) Attempt() int { return int(g.q.words[g.q.word(g.slots[0], slotAttempts)].Load()) }

// Finish frees the slots. This process has the items, until [Queue.TaskDone].
func (g *Got) Finish() {
	q := g.q
	window("copied out")
	s, ok := q.beginPatiently()
	if !ok {
		return
	}
	for _, i := range g.slots {
		if attempts := q.word(i, slotAttempts); s.was(attempts) != 0 {
			s.first(attempts, 0)
		}
	}
	q.release(&s, g.slots)
	s.add(qHolds+q.slot, uint64(len(g.slots)))
	s.end()
	q.putters.pass()
}

// mine reports whether this process still has the slot of a lease.
func (g *Got) mine(s *section) bool {
	return s.get(g.q.word(g.slots[0], slotState)) == g.state
}

// Done frees the slot of a lease, whose item is done.
func (g *Got) Done() {
	q := g.q
	s, ok := q.beginPatiently()
	if !ok {
		return
	}
	if !g.mine(&s) {
		s.end()
		return
	}
	s.set(q.word(g.slots[0], slotAttempts), 0)
	q.release(&s, g.slots)
	s.add(qUnfinished, ^uint64(0))
	all := s.get(qUnfinished) == 0
	s.end()
	q.putters.pass()
	if all {
		q.joiners.tell()
	}
}

// Return puts the item of a lease back, before those that were published later.
func (g *Got) Return() {
	q := g.q
	s, ok := q.beginPatiently()
	if !ok {
		return
	}
	if g.mine(&s) {
		q.giveBack(&s, g.slots[0])
	}
	s.end()
	q.getters.pass()
}

// giveBack puts slot i into the list of full ones, before those published later.
func (q *Queue) giveBack(s *section, i int) {
	state := q.word(i, slotState)
	sequence := s.get(state) >> slotSequence
	before, next := uint64(0), s.get(qFirst)
	for n := 0; n < q.slots && q.valid(next) && s.get(q.word(int(next), slotState))>>slotSequence < sequence; n++ {
		before, next = next, s.get(q.word(int(next), slotNext))
	}
	s.set(state, slotWord(slotFull, -1, sequence))
	s.set(q.word(i, slotNext), next)
	if before == 0 {
		s.set(qFirst, uint64(i))
	} else {
		s.set(q.word(int(before), slotNext), uint64(i))
	}
	if next == 0 {
		s.set(qLast, uint64(i))
	}
	s.add(qLen, 1)
	s.add(qGot, ^uint64(0))
}
