package store

// stack is the order of [NewLIFO].
type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) { s.items = append(s.items, v) }

func (s *stack[T]) pushAll(items []T) { s.items = append(s.items, items...) }

func (s *stack[T]) popAll(buf []T) {
	for i := range buf {
		buf[i] = s.pop()
	}
}

func (s *stack[T]) pop() T {
	last := len(s.items) - 1
	v := s.items[last]
	s.items[last] = *new(T)
	s.items = shrunk(s.items[:last])
	return v
}

func (s *stack[T]) len() int { return len(s.items) }

func (s *stack[T]) clear() { s.items = nil }
