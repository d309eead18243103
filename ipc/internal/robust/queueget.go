package robust

import (
	"context"

	"github.com/fanfold/fanfold/internal/closed"
)

// A Got is items that this process has taken out of the list. Their slots are its own
// until [Got.Finish] or, of a lease, [Got.Done] or [Got.Return].
type Got struct {
	q     *Queue
	want  want
	n     int // how many are wanted
	kind  int // of slots
	slots []int
	state uint64 // of the slot of a lease

	out   bool   // the items were copied out, and the slots are free again
	bytes []byte // of these items
	ends  []int  // of each in bytes
}

func (q *Queue) newGot() any {
	g := &Got{q: q, kind: slotTaken, slots: make([]int, 0, qBatch)}
	g.want = want{n: 1, take: g.take, ended: g.ended}
	return g
}

// take takes up to n items. If these are small, it copies them out, and frees their slots.
func (g *Got) take(s *section) error {
	bytes, err := g.unlink(s)
	if err != nil {
		return err
	}
	if g.out = bytes <= quick && g.kind == slotTaken; g.out {
		g.copyOut()
		g.hold(s)
		return nil
	}
	g.keep(s)
	return nil
}

// unlink takes up to n slots out of the list, and returns how many bytes are in them.
func (g *Got) unlink(s *section) (bytes int, err error) {
	q := g.q
	g.slots = g.slots[:0]
	first, there := s.get(qFirst), s.get(qLen)
	for uint64(len(g.slots)) < min(uint64(g.n), qBatch, there) {
		if !q.valid(first) {
			return 0, errList
		}
		i := int(first)
		g.slots = append(g.slots, i)
		bytes += len(q.item(i))
		first = s.get(q.word(i, slotNext))
	}
	if len(g.slots) == 0 { // though there were some, a moment before
		return 0, errList
	}
	s.set(qFirst, first)
	if first == 0 {
		s.set(qLast, 0)
	}
	s.set(qLen, there-uint64(len(g.slots)))
	s.add(qGot, uint64(len(g.slots)))
	return bytes, nil
}

// keep makes the slots this process's.
func (g *Got) keep(s *section) {
	q := g.q
	for _, i := range g.slots {
		state := q.word(i, slotState)
		s.first(state, slotWord(g.kind, q.slot, s.was(state)>>slotSequence))
		if g.kind == slotLeased {
			g.state = s.get(state)
			s.add(q.word(i, slotAttempts), 1)
		}
	}
}

// copyOut copies the items. Before the commit they are in the list all the same.
func (g *Got) copyOut() {
	g.bytes, g.ends = g.bytes[:0], g.ends[:0]
	for _, i := range g.slots {
		g.bytes = append(g.bytes, g.q.item(i)...)
		g.ends = append(g.ends, len(g.bytes))
		window("copied out")
	}
}

func (g *Got) ended(s *section) error {
	if s.get(qShut) != 0 && s.get(qLen) == 0 {
		return closed.Err
	}
	return nil
}

// Get takes up to n items, at least one. It blocks until there is one. The error is
// closed.Err when the queue was shut down and has none, or context.Cause(ctx).
func (q *Queue) Get(ctx context.Context, n int) (*Got, error) {
	g := q.gots.Get().(*Got)
	g.n, g.want.overtakes = n, false
	err := q.getters.await(ctx, g.want)
	return g.taken(err == nil, err)
}

// TryGet is Get that does not block. It returns nil if there is no item.
func (q *Queue) TryGet(n int) (*Got, error) { return q.tryGet(n, true) }

// GetMore is TryGet after a Get: it leaves the items to a process that is next.
func (q *Queue) GetMore(n int) (*Got, error) { return q.tryGet(n, false) }

func (q *Queue) tryGet(n int, overtakes bool) (*Got, error) {
	g := q.gots.Get().(*Got)
	g.n, g.want.overtakes = n, overtakes
	ok, err := q.getters.now(g.want)
	return g.taken(ok && err == nil, err)
}

// taken returns g, if there is something in it.
func (g *Got) taken(ok bool, err error) (*Got, error) {
	switch {
	case !ok:
		g.q.gots.Put(g)
		return nil, err
	case g.out:
		g.q.putters.pass()
	}
	return g, nil
}

// Lease takes an item that goes back if this process dies.
func (q *Queue) Lease(ctx context.Context) (*Got, error) {
	g := q.newGot().(*Got)
	g.n, g.kind = 1, slotLeased
	return g, q.getters.await(ctx, g.want)
}

// Len returns how many items it is.
func (g *Got) Len() int { return len(g.slots) }

// More reports whether there may be more: it is as many as one section takes.
func (g *Got) More() bool { return len(g.slots) == qBatch }

// Item returns the bytes of an item, which are good until the slot is given back.
func (g *Got) Item(n int) []byte {
	switch {
	case !g.out:
		i := g.slots[n]
		item := g.q.item(i)
		g.q.touch(i, len(item))
		return item
	case n == 0:
		return g.bytes[:g.ends[0]]
	}
	return g.bytes[g.ends[n-1]:g.ends[n]]
}

// item returns the bytes of the item in slot i.
func (q *Queue) item(i int) []byte {
	place := q.place(i)
	return place[:min(q.words[q.word(i, slotLength)].Load(), uint64(len(place)))]
}

// Attempt returns how often the item was leased.
func (g *Got) Attempt() int { return int(g.q.words[g.q.word(g.slots[0], slotAttempts)].Load()) }

// Finish frees the slots, and g must not be used any more. This process has the items,
// until [Queue.TaskDone].
func (g *Got) Finish() {
	q := g.q
	if !g.out {
		window("copied out")
		s, ok := q.beginPatiently()
		if !ok {
			return
		}
		g.hold(s)
		s.end()
		q.putters.pass()
	}
	q.gots.Put(g)
}

// hold books that this process has the items, and frees their slots.
func (g *Got) hold(s *section) {
	s.add(qHolds+g.q.slot, uint64(len(g.slots)))
	g.free(s)
}

// free frees the slots. They are linked to each other as they were in the list of full
// ones.
func (g *Got) free(s *section) {
	q := g.q
	for _, i := range g.slots {
		s.first(q.word(i, slotState), slotWord(slotFree, -1, 0))
		if attempts := q.word(i, slotAttempts); s.was(attempts) != 0 {
			s.first(attempts, 0)
		}
	}
	s.first(q.word(g.slots[len(g.slots)-1], slotNext), s.get(qFree))
	s.set(qFree, uint64(g.slots[0]))
	s.add(qUsed, -uint64(len(g.slots)))
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
	if !g.mine(s) {
		s.end()
		return
	}
	s.set(q.word(g.slots[0], slotAttempts), 0)
	q.release(s, g.slots)
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
	if g.mine(s) {
		q.giveBack(s, g.slots[0])
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
