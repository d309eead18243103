package memo

// A ring keeps numbered things in order: a doubly linked list whose links are
// indices into one slice. Compared with pointers, the links of a thousand
// entries fit in a core's first cache, and the garbage collector has nothing to
// follow. Number 0 is the head: what comes after it is the first, what comes
// before it the last, and in an empty ring both are the head itself.
type ring []links

type links struct{ prev, next int32 }

// first returns the first number, or 0 when there is none.
func (r ring) first() int32 { return r[0].next }

// last returns the last number, or 0 when there is none.
func (r ring) last() int32 { return r[0].prev }

// insert makes i the first.
func (r ring) insert(i int32) {
	first := r[0].next
	r[i] = links{0, first}
	r[first].prev = i
	r[0].next = i
}

// remove takes i out.
func (r ring) remove(i int32) {
	l := r[i]
	r[l.prev].next = l.next
	r[l.next].prev = l.prev
}
