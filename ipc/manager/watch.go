package manager

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A Change holds one key that was set or deleted: [Dict.Watch] yields them.
type Change[K comparable, V any] struct {
	Key     K    // that was set or deleted
	Value   V    // the zero value if the key was deleted
	Deleted bool // the key was taken out
}

// Watch yields the changes of the dictionary from the beginning of the iteration on, in
// order, until ctx ends: then it yields the cause. Changes that an iteration does not take
// are kept for it, 4,096 of them or 16 MiB; what exceeds that is dropped, and an error
// matching [ErrMissed] says so before the next change.
func (d *Dict[K, V]) Watch(ctx context.Context) iter.Seq2[Change[K, V], error] {
	return func(yield func(Change[K, V], error) bool) {
		payload, err := d.call(ctx, "Watch", msg.Watch, nil)
		var s *session.Session
		if err == nil {
			s, err = d.h.connected(ctx)
		}
		if err != nil {
			yield(Change[K, V]{}, err)
			return
		}
		r := msg.Reader{B: payload}
		id := r.Uint()
		defer s.Post(msg.Unwatch, id, nil)
		for {
			code, payload, err := d.h.ask(ctx, "Dict.Watch", msg.Changes, id, nil, func(msg.Code, []byte) {})
			if err == nil && code != msg.OK {
				err = refused(ctx, "Dict.Watch", code, payload)
			}
			if err != nil {
				yield(Change[K, V]{}, err)
				return
			}
			if !d.yieldChanges(&msg.Reader{B: payload}, yield) {
				return
			}
		}
	}
}

// yieldChanges yields what one answer has. It reports whether the loop goes on.
func (d *Dict[K, V]) yieldChanges(r *msg.Reader, yield func(Change[K, V], error) bool) bool {
	if r.Int() == 1 && !yield(Change[K, V]{}, ErrMissed) {
		return false
	}
	for range r.Count() {
		c := Change[K, V]{Deleted: r.Int() == 1}
		var err error
		if c.Key, err = readValue(r, codecOf[K]()); err == nil && c.Deleted {
			r.Bytes()
		} else if err == nil {
			c.Value, err = readValue(r, codecOf[V]())
		}
		if !yield(c, err) || err != nil {
			return false
		}
	}
	return true
}
