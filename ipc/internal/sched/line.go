package sched

// A line is a list of calls. A call is in one line at most. The zero value is empty.
type line[P any] struct {
	first, last *Call[P]
	n           int
}

// pushBack adds c, which is in no line, behind all others.
func (l *line[P]) pushBack(c *Call[P]) { l.insert(c, l.last, nil) }

// pushFront adds c, which is in no line, before all others.
func (l *line[P]) pushFront(c *Call[P]) { l.insert(c, nil, l.first) }

func (l *line[P]) insert(c, prev, next *Call[P]) {
	c.prev, c.next = prev, next
	l.link(prev, c, c, next)
	l.n++
}

// remove takes c out of the line, which it is in.
func (l *line[P]) remove(c *Call[P]) {
	l.link(c.prev, c.next, c.prev, c.next)
	c.prev, c.next = nil, nil
	l.n--
}

// link makes after follow prev, and before precede next.
func (l *line[P]) link(prev, after, before, next *Call[P]) {
	if prev == nil {
		l.first = after
	} else {
		prev.next = after
	}
	if next == nil {
		l.last = before
	} else {
		next.prev = before
	}
}
