//go:build linux

package main

import (
	"errors"

	"github.com/fanfold/fanfold/ipc/shm"
)

// next returns the numbers of up to n items to be put, fewer when the storm is slow.
func (p *player) next(n uint32) (numbers []uint32) {
	last := p.page.Items.Add(n)
	for i := last - n; i < last; i++ {
		if i < p.page.Allowed.Load() && int(i) < p.Items.Len() {
			numbers = append(numbers, i)
		}
	}
	if rest := n - uint32(len(numbers)); rest > 0 {
		p.page.Items.CompareAndSwap(last, last-rest) // where others have them meanwhile they stay unused
	}
	return numbers
}

// put puts items into one of the queues.
func (p *player) put(t *turn) {
	n := 1
	if t.rnd.IntN(4) == 0 {
		n = 1 + t.rnd.IntN(20)
	}
	if p.page.Items.Load() >= p.page.Allowed.Load() {
		return
	}
	numbers := p.next(uint32(n))
	if len(numbers) == 0 {
		return
	}
	items, q, state := p.Items.Slice(), p.Taken, uint32(putting)
	if t.rnd.IntN(2) == 0 {
		q, state = p.Leased, putting|leased
	}
	for _, i := range numbers {
		items[i].Putter.Store(t.putter)
		items[i].State.Or(state)
	}
	size := 1
	if t.rnd.IntN(4) == 0 {
		size = heavy
	}
	var parcels []parcel
	for _, i := range numbers {
		parcels = append(parcels, wrap(i, size))
	}
	done := 0
	var err error
	switch {
	case len(numbers) > 1:
		done, err = q.PutAll(t.ctx, parcels)
	case t.rnd.IntN(4) == 0:
		err = q.TryPut(parcels[0])
	default:
		err = q.Put(t.ctx, parcels[0])
	}
	if len(numbers) == 1 && err == nil {
		done = 1
	}
	for k, i := range numbers {
		if k < done {
			items[i].State.Or(put)
		} else {
			items[i].State.Or(refused)
		}
	}
	switch failed, ok := errors.AsType[*shm.PutError[parcel]](err); {
	case err == shm.ErrFull:
	case ok:
		if back := p.unwrap(failed.Item); back != numbers[0] {
			p.remark(noteUnexplained, "process %d: item %d came back for item %d", p.number, back, numbers[0])
		}
		p.failed(t, failed.Err)
	default:
		p.failed(t, err)
	}
}

// get takes items and reports them as done.
func (p *player) get(t *turn) {
	var buf [8]parcel
	n, err := 0, error(nil)
	switch t.rnd.IntN(4) {
	case 0:
		n, err = p.Taken.GetMany(t.ctx, buf[:])
	case 1:
		if buf[0], err = p.Taken.TryGet(); err == shm.ErrEmpty {
			return
		}
		n = 1
	default:
		buf[0], err = p.Taken.Get(t.ctx)
		n = 1
	}
	if p.waited(t, err) {
		return
	}
	for _, parcel := range buf[:n] {
		i := p.unwrap(parcel)
		it := p.came(t, i, 0)
		if it == nil {
			continue
		}
		if it.Takes.Add(1) > 1 {
			p.remark(noteDoubled, "process %d: item %d came twice", p.number, i)
		}
		putter := it.Putter.Load()
		if last, ok := t.last[putter]; ok && last > i {
			p.remark(noteUnexplained, "process %d: item %d came after item %d", p.number, i, last)
		}
		t.last[putter] = i
		t.work()
		it.State.Or(finishing)
		p.Taken.TaskDone()
		p.finish(it)
	}
}

// waited is failed for who waits for an item: there may be none for long, when the storm
// is slow.
func (p *player) waited(t *turn, err error) bool {
	if errors.Is(err, errLate) && p.Taken.Len() == 0 && p.page.Items.Load() >= p.page.Allowed.Load() {
		return true
	}
	return p.failed(t, err)
}

// came returns item i, if it can have come.
func (p *player) came(t *turn, i, queue uint32) *item {
	if int(i) >= p.Items.Len() {
		p.remark(noteUnexplained, "process %d: item %d came, which is none", p.number, i)
		return nil
	}
	it := &p.Items.Slice()[i]
	switch s := it.State.Load(); {
	case s&putting == 0:
		p.remark(noteUnexplained, "process %d: item %d came, and was not put", p.number, i)
		return nil
	case s&leased != queue:
		p.remark(noteUnexplained, "process %d: item %d came out of the other queue", p.number, i)
		return nil
	case s&refused != 0:
		p.remark(noteUnexplained, "process %d: item %d came, whose putting had failed", p.number, i)
	}
	return it
}

// lease leases an item, which it does or returns.
func (p *player) lease(t *turn) {
	l, err := p.Leased.Lease(t.ctx)
	if p.waited(t, err) {
		return
	}
	i := p.unwrap(l.Item)
	it := p.came(t, i, leased)
	if it == nil {
		l.Done()
		return
	}
	switch takes := int(it.Takes.Add(1)); {
	case takes > l.Attempt:
		p.remark(noteUnexplained, "process %d: item %d was taken %d times, and this is attempt %d", p.number, i, takes, l.Attempt)
	case it.State.Load()&finished != 0:
		p.remark(noteDoubled, "process %d: item %d came again, and was done", p.number, i)
	}
	t.work()
	if t.rnd.IntN(4) == 0 {
		l.Return()
		return
	}
	it.State.Or(finishing)
	l.Done()
	p.finish(it)
}

// finish notes that an item is done for certain.
func (p *player) finish(it *item) {
	if !p.closing.Load() {
		it.State.Or(finished)
	}
}

// join waits for the items to be done.
func (p *player) join(t *turn) {
	if t.rnd.IntN(4) > 0 {
		return
	}
	q := p.Taken
	if t.rnd.IntN(2) == 0 {
		q = p.Leased
	}
	err := q.Join(t.ctx)
	if _, lost := errors.AsType[*shm.LostError](err); lost && q == p.Taken || errors.Is(err, errLate) {
		return // there is always another one
	}
	p.failed(t, err)
}
