package robust

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// errList is the error of a queue whose lists make no sense.
var errList = fmt.Errorf("%w: a list of a queue leads nowhere", mem.ErrLayout)

// A Put is slots that this process has reserved, for as many items.
type Put struct {
	q     *Queue
	slots []int
}

// room wants slots for up to n items, which go into p.
func (q *Queue) room(p *Put, n int) want {
	return want{n: 1,
		take: func(s *section) error {
			p.slots = p.slots[:0]
			free, used := s.get(qFree), s.get(qUsed)
			for len(p.slots) < min(n, qBatch) && used < s.get(qBound) {
				if !q.valid(free) {
					return errList
				}
				p.slots = append(p.slots, int(free))
				free, used = s.get(q.word(int(free), slotNext)), used+1
			}
			for _, i := range p.slots {
				s.first(q.word(i, slotState), slotWord(slotReserved, q.slot, 0))
			}
			s.set(qFree, free)
			s.set(qUsed, used)
			return nil
		},
		ended: func(s *section) error {
			if s.get(qShut) != 0 {
				return closed.Err
			}
			return nil
		},
	}
}

// Put puts some of the items, at least one, and returns how many. It blocks until there
// is room. The error is closed.Err after a shutdown, or context.Cause(ctx). Each item has
// no more bytes than the queue was made for.
func (q *Queue) Put(ctx context.Context, items [][]byte) (int, error) {
	var one [1]int
	p := Put{q: q, slots: one[:0]}
	if err := q.putters.await(ctx, q.room(&p, len(items))); err != nil {
		return 0, err
	}
	return p.publish(items)
}

// TryPut is Put that does not block. It puts no item if there is no room.
func (q *Queue) TryPut(items [][]byte) (int, error) {
	var one [1]int
	p := Put{q: q, slots: one[:0]}
	w := q.room(&p, len(items))
	w.overtakes = true
	if ok, err := q.putters.now(w); !ok || err != nil {
		return 0, err
	}
	return p.publish(items)
}

// publish copies the items into their slots, and puts these into the list.
func (p *Put) publish(items [][]byte) (int, error) {
	q := p.q
	if !q.putters.hall.begin() { // which the memory is not closed before: the slots are this process's
		return 0, closed.Err
	}
	defer q.putters.hall.end()
	for n, i := range p.slots {
		copy(q.place(i), items[n])
		q.words[q.word(i, slotLength)].Store(uint64(len(items[n])))
		window("copied in")
	}
	s, ok := q.beginPatiently()
	if !ok {
		return 0, closed.Err
	}
	if s.get(qShut) != 0 { // meanwhile, and those who get may have gone
		q.release(&s, p.slots)
		s.end()
		return 0, closed.Err
	}
	sequence := s.get(qSequence)
	for n, i := range p.slots {
		sequence++
		next := 0
		if n+1 < len(p.slots) {
			next = p.slots[n+1]
		}
		s.first(q.word(i, slotState), slotWord(slotFull, -1, sequence))
		s.first(q.word(i, slotNext), uint64(next))
	}
	q.append(&s, p.slots[0], p.slots[len(p.slots)-1])
	s.set(qSequence, sequence)
	s.add(qLen, uint64(len(p.slots)))
	s.add(qUnfinished, uint64(len(p.slots)))
	s.end()
	q.getters.pass()
	return len(p.slots), nil
}

// append puts slots that are a list already behind the list of full ones.
func (q *Queue) append(s *section, first, last int) {
	if end := s.get(qLast); q.valid(end) {
		s.set(q.word(int(end), slotNext), uint64(first))
	} else {
		s.set(qFirst, uint64(first))
	}
	s.set(qLast, uint64(last))
}

// release puts slots into the list of free ones.
func (q *Queue) release(s *section, slots []int) {
	free := s.get(qFree)
	for _, i := range slots {
		s.first(q.word(i, slotState), slotWord(slotFree, -1, 0))
		s.first(q.word(i, slotNext), free)
		free = uint64(i)
	}
	s.set(qFree, free)
	s.add(qUsed, -uint64(len(slots)))
}
