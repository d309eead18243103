package memo

import "time"

// An lru holds entries under their keys, in the order of their last use and in
// the order they came in. Every method takes constant time, amortized. It bounds
// nothing and is not locked: both are up to its owner.
type lru[K comparable, V any] struct {
	index   map[K]int32 // where a key's entry is
	entries []entry[K, V]
	byUse   ring // the most recently used first
	byAge   ring // the youngest first
	free    int32
	cost    int // of all entries together
}

// Unused entries are zero and chained from free by the next of their byUse; the
// chain ends with 0, which is the head of the rings and never an entry.
type entry[K comparable, V any] struct {
	key   K
	value V
	cost  int
	since time.Duration // when it came in
}

func newLRU[K comparable, V any]() lru[K, V] {
	return lru[K, V]{
		index:   make(map[K]int32),
		entries: make([]entry[K, V], 1),
		byUse:   make(ring, 1),
		byAge:   make(ring, 1),
	}
}

func (l *lru[K, V]) len() int { return len(l.index) }

// use makes entry i the most recently used.
func (l *lru[K, V]) use(i int32) {
	if l.byUse.first() != i {
		l.byUse.remove(i)
		l.byUse.insert(i)
	}
}

// add makes e, whose key must not be there, the youngest and most recently used.
func (l *lru[K, V]) add(e entry[K, V]) {
	i := l.free
	if i != 0 {
		l.free = l.byUse[i].next
		l.entries[i] = e
	} else {
		i = int32(len(l.entries))
		l.entries = append(l.entries, e)
		l.byUse = append(l.byUse, links{})
		l.byAge = append(l.byAge, links{})
	}
	l.byUse.insert(i)
	l.byAge.insert(i)
	l.index[e.key] = i
	l.cost += e.cost
}

// remove takes entry i out and returns it.
func (l *lru[K, V]) remove(i int32) entry[K, V] {
	e := l.entries[i]
	l.entries[i] = entry[K, V]{} // what it refers to can be collected
	l.byUse.remove(i)
	l.byAge.remove(i)
	l.byUse[i].next = l.free
	l.free = i
	delete(l.index, e.key)
	l.cost -= e.cost
	return e
}
