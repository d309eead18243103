package store

import "sync"

// ordered is the store of what is not first in, first out: an order, under a lock.
type ordered[T any] struct {
	mu                     sync.Mutex
	order                  order[T]
	limit                  int
	shut                   bool
	putCount, got, dropped uint64
}

// An order holds items and knows which is next. It needs no lock of its own. A
// call that panics changes nothing: of several items all are put or taken, or none.
type order[T any] interface {
	push(v T)
	pushAll(items []T)
	pop() T         // where len is not 0
	popAll(buf []T) // fills buf, which is not longer than len
	len() int
	clear()
}

// NewLIFO returns a store of at most limit items that gives the newest first.
func NewLIFO[T any](limit int) Store[T] {
	return &ordered[T]{limit: limit, order: &stack[T]{}}
}

// NewPriority returns a store of at most limit items that gives the lowest first, and
// of equal items the oldest. A panic of compare is raised in the call that needed the
// comparison, and changes nothing.
func NewPriority[T any](limit int, compare func(a, b T) int) Store[T] {
	return &ordered[T]{limit: limit, order: &heap[T]{compare: compare}}
}

func (s *ordered[T]) Put(v T) Verdict {
	s.mu.Lock()
	defer s.mu.Unlock() // also when an order that calls the user's function panics
	verdict := s.room()
	if verdict == Yes {
		s.order.push(v)
		s.putCount++
	}
	return verdict
}

func (s *ordered[T]) room() Verdict {
	switch {
	case s.shut:
		return Never
	case s.order.len() >= s.limit:
		return NotYet
	default:
		return Yes
	}
}

func (s *ordered[T]) PutMany(items []T) (n int, _ Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.room()
	if verdict == Yes {
		n = min(len(items), s.limit-s.order.len())
		s.order.pushAll(items[:n])
		s.putCount += uint64(n)
	}
	return n, verdict
}

func (s *ordered[T]) Get() (v T, _ Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.more()
	if verdict == Yes {
		v = s.order.pop()
		s.got++
	}
	return v, verdict
}

func (s *ordered[T]) more() Verdict {
	switch {
	case s.order.len() > 0:
		return Yes
	case s.shut:
		return Never
	default:
		return NotYet
	}
}

func (s *ordered[T]) GetMany(buf []T) (n int, _ Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.more()
	if verdict == Yes {
		n = min(len(buf), s.order.len())
		s.order.popAll(buf[:n])
		s.got += uint64(n)
	}
	return n, verdict
}

func (s *ordered[T]) CanPut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room() != NotYet
}

func (s *ordered[T]) CanGet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more() != NotYet
}

func (s *ordered[T]) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.len()
}

func (s *ordered[T]) Puts() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.putCount
}

func (s *ordered[T]) SetLimit(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
}

func (s *ordered[T]) Shutdown(immediate bool) (dropped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = true
	if immediate {
		dropped = s.order.len()
		s.dropped += uint64(dropped)
		s.order.clear()
	}
	return dropped
}

func (s *ordered[T]) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counts{
		Len:      s.order.len(),
		Limit:    s.limit,
		Put:      s.putCount,
		Got:      s.got,
		Dropped:  s.dropped,
		Shutdown: s.shut,
	}
}

// shrunk returns items with half the room where three quarters of it are empty.
func shrunk[T any](items []T) []T {
	const keep = 256 // items; so little room is not worth the work
	if half := cap(items) / 2; half >= keep && 2*len(items) <= half {
		return append(make([]T, 0, half), items...)
	}
	return items
}
