// Package list holds doubly linked lists whose nodes are made by their user, so that
// putting one into a list allocates nothing. A node knows its list: it can be taken
// out of the middle, and tells whether it was there.
package list

// A Node is a value with its place in a list. The zero value stands in no list.
// A Node that stands in a list must not be copied.
type Node[T any] struct {
	Value T

	next, prev *Node[T]
	list       *List[T] // nil: it stands in none
}

// Next returns the node behind n, or nil when n is the last one.
func (n *Node[T]) Next() *Node[T] { return n.next }

// Prev returns the node before n, or nil when n is the first one.
func (n *Node[T]) Prev() *Node[T] { return n.prev }

// A List is a list of nodes. The zero value is empty. It needs a lock of its user's
// where several goroutines use it.
type List[T any] struct {
	first, last *Node[T]
	len         int
}

// First returns the first node, or nil when there is none.
func (l *List[T]) First() *Node[T] { return l.first }

// Last returns the last node, or nil when there is none.
func (l *List[T]) Last() *Node[T] { return l.last }

// Len returns how many nodes there are.
func (l *List[T]) Len() int { return l.len }

// Push puts n, which must stand in no list, behind all others.
func (l *List[T]) Push(n *Node[T]) {
	n.list, n.prev = l, l.last
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
	l.len++
}

// PushFirst puts n, which must stand in no list, before all others.
func (l *List[T]) PushFirst(n *Node[T]) {
	n.list, n.next = l, l.first
	if l.first == nil {
		l.last = n
	} else {
		l.first.prev = n
	}
	l.first = n
	l.len++
}

// Pop takes the first node out of the list, and returns nil when there is none.
func (l *List[T]) Pop() *Node[T] {
	n := l.first
	if n != nil {
		l.Remove(n)
	}
	return n
}

// Remove takes n out of the list. It returns false when n does not stand in it.
func (l *List[T]) Remove(n *Node[T]) bool {
	if n.list != l {
		return false
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.next, n.prev, n.list = nil, nil, nil
	l.len--
	return true
}
