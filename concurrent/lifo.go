package concurrent

// A LifoQueue is a [Queue] that gives the newest item first (queue.LifoQueue of
// Python). It must be made by [NewLifoQueue], and must not be copied.
type LifoQueue[T any] struct{ queue[T] }

// NewLifoQueue returns a LIFO queue of at most maxsize items; -1 means without
// bound. Any other size below 1 panics.
func NewLifoQueue[T any](maxsize int) *LifoQueue[T] {
	limit := limitOf("NewLifoQueue", maxsize)
	return &LifoQueue[T]{queue[T]{store: newOrdered(limit, &stack[T]{})}}
}

// stack is the order of a [LifoQueue].
type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) { s.items = append(s.items, v) }

func (s *stack[T]) pop() T {
	last := len(s.items) - 1
	v := s.items[last]
	s.items[last] = *new(T)
	s.items = shrunk(s.items[:last])
	return v
}

func (s *stack[T]) len() int { return len(s.items) }

func (s *stack[T]) clear() { s.items = nil }
