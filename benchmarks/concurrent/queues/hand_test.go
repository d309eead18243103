package queues_test

import (
	"container/heap"
	"sync"
	"testing"
)

// A store is what a hand-made queue keeps its items in.
type store interface {
	push(v int)
	pop() int
	full() bool
	empty() bool
}

// hand is the queue one writes oneself: a mutex and two conditions around a
// store. Its waiting ends for no context.
func hand(open func() store) func(testing.TB) (func(int), func(int) int) {
	return func(testing.TB) (func(int), func(int) int) {
		var mu sync.Mutex
		room, items := sync.NewCond(&mu), sync.NewCond(&mu)
		s := open()
		put := func(n int) {
			for i := range n {
				mu.Lock()
				for s.full() {
					room.Wait()
				}
				s.push(i)
				items.Signal()
				mu.Unlock()
			}
		}
		get := func(n int) (sum int) {
			for range n {
				mu.Lock()
				for s.empty() {
					items.Wait()
				}
				sum += s.pop()
				room.Signal()
				mu.Unlock()
			}
			return sum
		}
		return put, get
	}
}

// A ring is first in, first out.
type ring struct {
	items      [capacity]int
	head, tail int
}

func (r *ring) push(v int)  { r.items[r.tail%capacity] = v; r.tail++ }
func (r *ring) pop() int    { r.head++; return r.items[(r.head-1)%capacity] }
func (r *ring) full() bool  { return r.tail-r.head == capacity }
func (r *ring) empty() bool { return r.tail == r.head }

// A list is first in, first out, without bound.
type list struct{ items []int }

func (l *list) push(v int)  { l.items = append(l.items, v) }
func (l *list) pop() int    { v := l.items[0]; l.items = l.items[1:]; return v }
func (l *list) full() bool  { return false }
func (l *list) empty() bool { return len(l.items) == 0 }

// A stack is last in, first out.
type stack struct{ items []int }

func (s *stack) push(v int) { s.items = append(s.items, v) }
func (s *stack) pop() int {
	last := len(s.items) - 1
	v := s.items[last]
	s.items = s.items[:last]
	return v
}
func (s *stack) full() bool  { return len(s.items) == capacity }
func (s *stack) empty() bool { return len(s.items) == 0 }

// A tree has the smallest first, by container/heap.
type tree struct{ ints }

func (t *tree) push(v int)  { heap.Push(&t.ints, v) }
func (t *tree) pop() int    { return heap.Pop(&t.ints).(int) }
func (t *tree) full() bool  { return len(t.ints) == capacity }
func (t *tree) empty() bool { return len(t.ints) == 0 }

type ints []int

func (s ints) Len() int           { return len(s) }
func (s ints) Less(i, j int) bool { return s[i] < s[j] }
func (s ints) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *ints) Push(v any)        { *s = append(*s, v.(int)) }
func (s *ints) Pop() any {
	last := len(*s) - 1
	v := (*s)[last]
	*s = (*s)[:last]
	return v
}
