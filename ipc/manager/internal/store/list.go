package store

import (
	"slices"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// An entry is a value and its version, which no other value of the server has had.
type entry struct {
	value   string
	version uint64
}

func (s *Store) entry(value []byte) entry {
	s.version++
	return entry{string(value), s.version}
}

// A list is a List, an Array, or a Value, which is a list of one.
type list struct {
	is    msg.Kind
	items []entry
}

func (s *Store) newList(kind msg.Kind, r *msg.Reader) thing {
	l := &list{is: kind, items: make([]entry, 0, min(r.Count(), 1<<16))}
	for len(r.B) > 0 && !r.Bad {
		l.items = append(l.items, s.entry(r.Bytes()))
	}
	r.Bad = r.Bad || kind == msg.Value && len(l.items) != 1
	return l
}

func (l *list) kind() msg.Kind         { return l.is }
func (l *list) drop(*Store, *Client)   {}
func (l *list) has(i int) bool         { return i >= 0 && i < len(l.items) }
func (e entry) append(b []byte) []byte { return msg.Uint(msg.Bytes(b, e.value), e.version) }

func (l *list) do(s *Store, r *request) {
	switch r.op {
	case msg.Len:
		r.number(len(l.items))
	case msg.Get:
		if i := r.Int(); l.has(i) {
			r.ok(l.items[i].append(nil))
		} else {
			r.outside(i, len(l.items))
		}
	case msg.Set, msg.SetIf:
		l.set(s, r)
	case msg.Slice:
		i, j := r.Int(), r.Int()
		if j < 0 {
			j = len(l.items)
		}
		if i < 0 || i > j || j > len(l.items) {
			r.outside(max(i, j), len(l.items))
			return
		}
		answer := msg.Uint(nil, uint64(j-i))
		for _, e := range l.items[i:j] {
			answer = msg.Bytes(answer, e.value)
		}
		r.ok(answer)
	case msg.Insert, msg.Delete:
		if l.is != msg.List {
			r.unknown()
		} else if r.op == msg.Insert {
			l.insert(s, r)
		} else {
			l.delete(r)
		}
	default:
		r.unknown()
	}
}

func (l *list) set(s *Store, r *request) {
	i := r.Int()
	var version uint64
	if r.op == msg.SetIf {
		version = r.Uint()
	}
	value := r.Bytes()
	switch {
	case r.Bad:
	case !l.has(i):
		r.outside(i, len(l.items))
	case r.op == msg.SetIf && l.items[i].version != version:
		r.ok(l.items[i].append(msg.Int(nil, 0)))
	default:
		l.items[i] = s.entry(value)
		r.number(1)
	}
}

// insert puts values before index i; −1 stands for the end.
func (l *list) insert(s *Store, r *request) {
	i := r.Int()
	if i == -1 {
		i = len(l.items)
	}
	if i < 0 || i > len(l.items) {
		r.outside(i, len(l.items))
		return
	}
	var added []entry
	for range r.Count() {
		added = append(added, s.entry(r.Bytes()))
	}
	if !r.Bad {
		l.items = slices.Insert(l.items, i, added...)
		r.number(len(l.items))
	}
}

// delete takes the values from i up to j out.
func (l *list) delete(r *request) {
	i, j := r.Int(), r.Int()
	if i < 0 || i > j || j > len(l.items) {
		r.outside(max(i, j), len(l.items))
		return
	}
	l.items = slices.Delete(l.items, i, j)
	r.number(len(l.items))
}
