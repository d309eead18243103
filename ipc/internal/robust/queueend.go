package robust

import (
	"context"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// TaskDone says that an item is done that this process has taken. It returns false if
// there is none.
func (q *Queue) TaskDone() bool {
	s, ok := q.beginPatiently()
	if !ok {
		return true
	}
	holds := qHolds + q.slot
	if s.get(holds) == 0 {
		s.end()
		return false
	}
	s.add(holds, ^uint64(0))
	s.add(qUnfinished, ^uint64(0))
	all := s.get(qUnfinished) == 0
	s.end()
	if all {
		q.joiners.tell()
	}
	return true
}

// Join blocks until all items are done that were put. It returns how many items were
// lost with the processes that had them.
func (q *Queue) Join(ctx context.Context) (lost int, err error) {
	if err = q.joiners.await(ctx, want{n: 1}); err != nil {
		return 0, err
	}
	return int(q.peek().get(qLost)), nil
}

// Watch blocks until there is an item or the queue was shut down, and takes nothing.
func (q *Queue) Watch(ctx context.Context) error {
	return q.getters.await(ctx, want{ended: (&Got{q: q}).ended})
}

// There reports whether there is an item or the queue was shut down.
func (q *Queue) There() bool {
	s := q.peek()
	return s.get(qLen) > 0 || s.get(qShut) != 0
}

// Shutdown ends putting. If it is immediate, the items that are there are dropped.
func (q *Queue) Shutdown(immediate bool) {
	for more := true; more; {
		s, ok := q.beginPatiently()
		if !ok {
			return
		}
		s.set(qShut, 1)
		more = immediate && q.drop(s)
		s.end()
	}
	q.putters.tell()
	q.getters.tell()
	q.joiners.tell()
}

// drop drops some of the items, and reports whether there are more.
func (q *Queue) drop(s *section) bool {
	g := Got{q: q, n: qBatch / 2}
	if _, err := g.unlink(s); err != nil {
		return false
	}
	n := uint64(len(g.slots))
	g.free(s)
	s.add(qUnfinished, -n)
	s.add(qGot, -n)
	s.add(qDropped, n)
	return s.get(qLen) > 0
}

// ForgetQueue is the rule for a queue.
func ForgetQueue(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < queueHead {
		return true
	}
	slots, bytes := QueueShape(words)
	if slots < 1 || slots > MaxItems || size != uint64(QueueSize(m, slots, bytes)) {
		return true
	}
	q := &Queue{}
	q.at(m, unsafe.Add(words, queueHead), slots)
	s, ok := q.beginSweep(gone) // what it was changing when it died is changed before its slots are looked for
	if !ok {
		return !m.Here(gone)
	}
	s.endSweep()
	for i := 1; i <= slots; i++ {
		if processOf(q.words[q.word(i, slotState)].Load()) == gone.Slot && !q.forgetSlot(i, gone) {
			return !m.Here(gone)
		}
	}
	if s, ok = q.beginSweep(gone); !ok {
		return !m.Here(gone)
	}
	if holds := s.get(qHolds + gone.Slot); holds > 0 {
		s.set(qHolds+gone.Slot, 0)
		q.lose(s, holds)
	}
	q.putters.unclaim(s, gone.Slot)
	q.getters.unclaim(s, gone.Slot)
	s.endSweep()
	q.putters.forget(gone.Slot)
	q.getters.forget(gone.Slot)
	q.joiners.forget(gone.Slot)
	return true
}

// forgetSlot puts slot i in order, which a process had that is gone.
func (q *Queue) forgetSlot(i int, gone mem.Owner) bool {
	s, ok := q.beginSweep(gone)
	if !ok {
		return false
	}
	defer s.endSweep()
	w := s.get(q.word(i, slotState))
	if processOf(w) != gone.Slot {
		return true
	}
	switch kindOf(w) {
	case slotReserved:
		q.release(s, []int{i})
	case slotTaken:
		s.set(q.word(i, slotAttempts), 0)
		q.release(s, []int{i})
		q.lose(s, 1)
	case slotLeased:
		q.giveBack(s, i)
	}
	return true
}

// lose books items as lost.
func (q *Queue) lose(s *section, n uint64) {
	s.add(qLost, n)
	s.set(qUnfinished, s.get(qUnfinished)-min(n, s.get(qUnfinished)))
}
