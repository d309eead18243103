package park

import "github.com/fanfold/fanfold/internal/list"

// A Line is waiters in the order in which they came. The lock that guards it is its
// owner's. The zero value is empty.
type Line struct{ list list.List[*Waiter] }

// Push puts w behind all others.
func (l *Line) Push(w *Waiter) { l.list.Push(&w.place) }

// PushFirst puts w before all others.
func (l *Line) PushFirst(w *Waiter) { l.list.PushFirst(&w.place) }

// First returns the first waiter, or nil when there is none.
func (l *Line) First() *Waiter { return waiterOf(l.list.First()) }

// Behind returns the waiter behind w, or nil when w is the last one.
func (l *Line) Behind(w *Waiter) *Waiter { return waiterOf(w.place.Next()) }

// Pop takes the first waiter off the line, and returns nil when there is none.
func (l *Line) Pop() *Waiter { return waiterOf(l.list.Pop()) }

// Remove takes w off the line. It returns false when w does not stand in it: then
// another goroutine took it off to grant it, has done so or is about to, and what was
// granted belongs to the caller.
func (l *Line) Remove(w *Waiter) bool { return l.list.Remove(&w.place) }

// Len returns how many waiters there are.
func (l *Line) Len() int { return l.list.Len() }

// GrantAll empties the line and grants every waiter, in order.
func (l *Line) GrantAll() {
	for w := l.Pop(); w != nil; w = l.Pop() {
		w.Grant()
	}
}

func waiterOf(n *list.Node[*Waiter]) *Waiter {
	if n == nil {
		return nil
	}
	return n.Value
}
