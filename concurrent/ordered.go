package concurrent

import "sync"

// ordered is the store of the queues that are not first in, first out: an order,
// under a lock.
type ordered[T any] struct {
	mu                     sync.Mutex
	order                  order[T]
	limit                  int
	shut                   bool
	putCount, got, dropped uint64
}

// An order holds items and knows which is next. It needs no lock of its own. A
// push or pop that panics changes nothing.
type order[T any] interface {
	push(v T)
	pop() T // where len is not 0
	len() int
	clear()
}

func newOrdered[T any](limit int, o order[T]) *ordered[T] {
	return &ordered[T]{limit: limit, order: o}
}

func (s *ordered[T]) put(v T) verdict {
	s.mu.Lock()
	defer s.mu.Unlock() // also when an order that calls the user's function panics
	verdict := s.room()
	if verdict == yes {
		s.push(v)
	}
	return verdict
}

func (s *ordered[T]) push(v T) {
	s.order.push(v)
	s.putCount++
}

func (s *ordered[T]) room() verdict {
	switch {
	case s.shut:
		return never
	case s.order.len() >= s.limit:
		return notYet
	default:
		return yes
	}
}

func (s *ordered[T]) putMany(items []T) (n int, _ verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.room()
	for n < len(items) && s.room() == yes {
		s.push(items[n])
		n++
	}
	return n, verdict
}

func (s *ordered[T]) get() (v T, _ verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.more()
	if verdict == yes {
		v = s.pop()
	}
	return v, verdict
}

func (s *ordered[T]) pop() T {
	v := s.order.pop()
	s.got++
	return v
}

func (s *ordered[T]) more() verdict {
	switch {
	case s.order.len() > 0:
		return yes
	case s.shut:
		return never
	default:
		return notYet
	}
}

func (s *ordered[T]) getMany(buf []T) (n int, _ verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdict := s.more()
	for n < len(buf) && s.more() == yes {
		buf[n] = s.pop()
		n++
	}
	return n, verdict
}

func (s *ordered[T]) canPut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room() != notYet
}

func (s *ordered[T]) canGet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more() != notYet
}

func (s *ordered[T]) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.len()
}

func (s *ordered[T]) puts() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.putCount
}

func (s *ordered[T]) setLimit(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
}

func (s *ordered[T]) shutdown(immediate bool) (dropped int) {
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

func (s *ordered[T]) stats() QueueStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return QueueStats{
		Len:      s.order.len(),
		MaxSize:  maxSize(s.limit),
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
