package robust

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// errList is the error of a queue whose lists make no sense.
var errList = fmt.Errorf("%w: a list of a queue leads nowhere", mem.ErrLayout)

// quick is how many bytes are copied within a section. Copying so many costs less than
// another section.
const quick = 1 << 10

// An Item is what is put: the bytes of the head, and then those of the body.
type Item struct{ Head, Body []byte }

func (i *Item) len() int { return len(i.Head) + len(i.Body) }

// A put is slots that this process has reserved, for as many items.
type put struct {
	q     *Queue
	want  want
	items []Item
	slots []int
	there bool // the items are published
}

func (q *Queue) newPut() any {
	p := &put{q: q, slots: make([]int, 0, qBatch)}
	p.want = want{n: 1, take: p.take, ended: p.ended}
	return p
}

// take reserves slots for some of the items. If these are small, it publishes them at
// once.
func (p *put) take(s *section) error {
	q := p.q
	p.slots = p.slots[:0]
	free, used, bytes := s.get(qFree), s.get(qUsed), 0
	for len(p.slots) < min(len(p.items), qBatch) && used < s.get(qBound) {
		if !q.valid(free) {
			return errList
		}
		bytes += p.items[len(p.slots)].len()
		p.slots = append(p.slots, int(free))
		free, used = s.get(q.word(int(free), slotNext)), used+1
	}
	if len(p.slots) == 0 { // though there was room, a moment before
		return errList
	}
	s.set(qFree, free)
	s.set(qUsed, used)
	if p.there = bytes <= quick; p.there {
		p.fill() // what is in a free slot is nothing to others, until the commit
		p.publish(s)
		return nil
	}
	for _, i := range p.slots {
		s.first(q.word(i, slotState), slotWord(slotReserved, q.slot, 0))
	}
	return nil
}

func (p *put) ended(s *section) error {
	if s.get(qShut) != 0 {
		return closed.Err
	}
	return nil
}

// Put puts some of the items, at least one, and returns how many. It blocks until there
// is room. The error is closed.Err after a shutdown, or context.Cause(ctx). Each item has
// no more bytes than the queue was made for.
func (q *Queue) Put(ctx context.Context, items []Item) (int, error) {
	p := q.puts.Get().(*put)
	p.items, p.want.overtakes = items, false
	err := q.putters.await(ctx, p.want)
	return p.end(err == nil, err)
}

// TryPut is Put that does not block. It puts no item if there is no room.
func (q *Queue) TryPut(items []Item) (int, error) {
	p := q.puts.Get().(*put)
	p.items, p.want.overtakes = items, true
	ok, err := q.putters.now(p.want)
	return p.end(ok && err == nil, err)
}

// end publishes the items, if there are slots for them, and returns how many.
func (p *put) end(ok bool, err error) (n int, _ error) {
	if ok && !p.there {
		err = p.fillOutside()
	}
	if ok && err == nil {
		n = len(p.slots)
		p.q.getters.pass()
	}
	p.items = nil
	p.q.puts.Put(p)
	return n, err
}

// fill copies the items into their slots.
func (p *put) fill() {
	q := p.q
	for n, i := range p.slots {
		item := &p.items[n]
		q.touch(i, item.len())
		copy(q.place(i)[copy(q.place(i), item.Head):], item.Body)
		q.words[q.word(i, slotLength)].Store(uint64(item.len()))
		window("copied in")
	}
}

// fillOutside copies the items into reserved slots, outside of any section, and publishes
// them.
func (p *put) fillOutside() error {
	q := p.q
	if !q.putters.hall.begin() { // which the memory is not closed before: the slots are this process's
		return closed.Err
	}
	defer q.putters.hall.end()
	p.fill()
	s, ok := q.beginPatiently()
	if !ok {
		return closed.Err
	}
	defer s.end()
	if s.get(qShut) != 0 { // meanwhile, and those who get may have gone
		q.release(s, p.slots)
		return closed.Err
	}
	p.publish(s)
	return nil
}

// publish puts the slots into the list of full ones. They are linked to each other as they
// were in the list of free ones.
func (p *put) publish(s *section) {
	q := p.q
	sequence := s.get(qSequence)
	for _, i := range p.slots {
		sequence++
		s.first(q.word(i, slotState), slotWord(slotFull, -1, sequence))
	}
	last := p.slots[len(p.slots)-1]
	s.first(q.word(last, slotNext), 0)
	q.append(s, p.slots[0], last)
	s.set(qSequence, sequence)
	s.add(qLen, uint64(len(p.slots)))
	s.add(qUnfinished, uint64(len(p.slots)))
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
