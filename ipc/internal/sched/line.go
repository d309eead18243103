package sched

import "github.com/fanfold/fanfold/internal/list"

// A line is a list of calls. A call is in one line at most. The zero value is empty.
type line[P any] struct {
	calls list.List[*Call[P]]
}

func (l *line[P]) len() int { return l.calls.Len() }

// first returns the first call, or nil when there is none.
func (l *line[P]) first() *Call[P] { return callAt(l.calls.First()) }

// last returns the last call, or nil when there is none.
func (l *line[P]) last() *Call[P] { return callAt(l.calls.Last()) }

// pushBack adds c, which is in no line, behind all others.
func (l *line[P]) pushBack(c *Call[P]) { l.calls.Push(&c.place) }

// pushFront adds c, which is in no line, before all others.
func (l *line[P]) pushFront(c *Call[P]) { l.calls.PushFirst(&c.place) }

// remove takes c out of the line, which it is in.
func (l *line[P]) remove(c *Call[P]) { l.calls.Remove(&c.place) }

func callAt[P any](n *list.Node[*Call[P]]) *Call[P] {
	if n == nil {
		return nil
	}
	return n.Value
}
