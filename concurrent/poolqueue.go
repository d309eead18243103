package concurrent

import (
	"cmp"
	"slices"
)

// lanes are the tasks that wait in a pool: one queue for each priority. The
// pool's lock guards them.
type lanes struct {
	queued int     // tasks in all of them
	list   []*lane // those in use, the highest priority last
	normal lane    // priority 0, always in the list
}

// A lane is a ring of tasks of one priority. A task that is canceled leaves its
// entry behind, which is skipped: what tells is core.queued. The dead are never
// more than the living, but for a few.
type lane struct {
	pool     *Pool
	priority int
	ring     []job // its length is a power of two, or 0
	head, n  int   // where the first entry is, and how many there are
	dead     int   // of these
}

func (l *lanes) init(p *Pool) {
	l.normal.pool = p
	l.list = []*lane{&l.normal}
}

// push queues j.
func (l *lanes) push(j job, priority int) {
	lane := &l.normal
	if priority != 0 {
		lane = l.of(priority)
	}
	if c := j.core; c != nil {
		c.lane, c.queued = lane, true
	}
	if lane.n == len(lane.ring) {
		lane.resize(max(16, 2*lane.n))
	}
	lane.ring[(lane.head+lane.n)&(len(lane.ring)-1)] = j
	lane.n++
	l.queued++
}

// of returns the lane of a priority.
func (l *lanes) of(priority int) *lane {
	i, found := l.find(priority)
	if !found {
		l.list = slices.Insert(l.list, i, &lane{pool: l.normal.pool, priority: priority})
	}
	return l.list[i]
}

// pop takes the next task, one of none when there is none.
func (l *lanes) pop() job {
	if l.queued == 0 {
		return job{}
	}
	for i := len(l.list) - 1; ; i-- {
		lane := l.list[i]
		j := lane.pop()
		if lane.n == 0 {
			l.close(lane)
		}
		if j.task != nil {
			l.queued--
			return j
		}
	}
}

// close forgets a lane that is empty, but for the one that stays.
func (l *lanes) close(lane *lane) {
	if lane == &l.normal {
		return
	}
	if i, found := l.find(lane.priority); found {
		l.list = slices.Delete(l.list, i, i+1)
	}
}

// find returns where the lane of a priority is, or would be.
func (l *lanes) find(priority int) (i int, found bool) {
	return slices.BinarySearchFunc(l.list, priority, func(l *lane, priority int) int {
		return cmp.Compare(l.priority, priority)
	})
}

func (l *lane) pop() job {
	for l.n > 0 {
		j := l.ring[l.head]
		l.ring[l.head] = job{}
		l.head = (l.head + 1) & (len(l.ring) - 1)
		l.n--
		if l.n == 0 && l.pool.bound < 0 && len(l.ring) > 2*defaultPoolQueue {
			l.ring, l.head = nil, 0 // a burst is over
		}
		if !j.alive() {
			l.dead--
			continue
		}
		if j.core != nil {
			j.core.queued = false
		}
		return j
	}
	return job{}
}

// alive reports whether j, which is in a ring, has not been canceled.
func (j job) alive() bool { return j.core == nil || j.core.queued }

// resize moves the living to a ring of another size.
func (l *lane) resize(size int) {
	ring, n := make([]job, size), 0
	for i := range l.n {
		if j := l.ring[(l.head+i)&(len(l.ring)-1)]; j.alive() {
			ring[n] = j
			n++
		}
	}
	l.ring, l.head, l.n, l.dead = ring, 0, n, 0
}

// drop takes the task of c, which was canceled, out of the queue if it is still
// there. Its room is free at once.
func (l *lane) drop(c *core) {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !c.queued {
		return // a worker has it and will count it
	}
	c.queued = false
	p.lanes.queued--
	p.stats.Canceled++
	l.dead++
	switch {
	case l.dead == l.n:
		l.pop() // there is none, and nothing is left
		p.lanes.close(l)
	case l.dead > 16 && l.dead > l.n/2:
		l.resize(len(l.ring))
	}
	p.callNext()
}
