package concurrent

import "github.com/fanfold/fanfold/internal/panics"

// callbacks is a list of what is to be called, in order.
type callbacks struct{ first, last *callback }

type callback struct {
	f          func()
	prev, next *callback
	listed     bool
}

func (l *callbacks) add(cb *callback) {
	cb.prev, cb.listed = l.last, true
	if l.last == nil {
		l.first = cb
	} else {
		l.last.next = cb
	}
	l.last = cb
}

// remove takes cb, which must be listed, out of the list.
func (l *callbacks) remove(cb *callback) {
	cb.listed = false
	if cb.prev == nil {
		l.first = cb.next
	} else {
		cb.prev.next = cb.next
	}
	if cb.next == nil {
		l.last = cb.prev
	} else {
		cb.next.prev = cb.prev
	}
}

// callAll calls cb, which may be nil, and those after it, whatever they do.
func (cb *callback) callAll() {
	for ; cb != nil; cb = cb.next {
		exit := func(err error) {
			report(Failure{Err: err, Name: nameOf(pcOf(cb.f))})
			cb.next.callAll()
		}
		if err := panics.Try(cb.f, exit); err != nil {
			report(Failure{Err: err, Name: nameOf(pcOf(cb.f))})
		}
	}
}
