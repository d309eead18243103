package store

import (
	"fmt"
	"time"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// ok answers the request.
func (r *request) ok(payload []byte) {
	if !r.Bad {
		r.s.answer(r.c, r.call, msg.OK, payload)
	}
}

// number answers the request with a number.
func (r *request) number(n int) { r.ok(msg.Int(nil, n)) }

// truth answers the request with 1 or 0.
func (r *request) truth(yes bool) {
	if yes {
		r.number(1)
	} else {
		r.number(0)
	}
}

// fail answers the request with an error.
func (r *request) fail(code msg.Code, text string) {
	if !r.Bad {
		r.s.answer(r.c, r.call, code, []byte(text))
	}
}

// unknown answers a request that the kind of object does not know.
func (r *request) unknown() {
	r.fail(msg.WrongType, fmt.Sprintf("a %v has no operation %d", r.object.thing.kind(), r.op))
}

// outside answers a request for an index that is not there.
func (r *request) outside(i, n int) {
	r.fail(msg.NoIndex, fmt.Sprintf("index %d of %d", i, n))
}

// create makes an object, or finds the one of its name.
func (r *request) create() {
	kind, hash, name := msg.Kind(r.Byte()), r.Uint(), r.String()
	if r.Bad {
		return
	}
	if id, found := r.s.names[name]; found && name != "" {
		o := r.s.objects[id]
		if o.thing.kind() != kind || o.hash != hash {
			r.fail(msg.WrongType, fmt.Sprintf("%q is a %v of other types", name, o.thing.kind()))
			return
		}
		r.s.ref(r.c, o)
		r.ok(msg.Uint(nil, id))
		return
	}
	if len(r.s.objects) >= maxObjects {
		r.fail(msg.Busy, fmt.Sprintf("the server has %d objects", maxObjects))
		return
	}
	if kind == msg.Own {
		r.createOwn(hash, name)
		return
	}
	t := r.s.make(kind, r)
	if r.Bad || t == nil {
		return
	}
	o := r.s.add(name, hash, t)
	r.s.ref(r.c, o)
	r.ok(msg.Uint(nil, o.id))
}

// add gives a thing a number.
func (s *Store) add(name string, hash uint64, t thing) *object {
	s.last++
	return s.put(s.last, name, hash, t)
}

func (s *Store) put(id uint64, name string, hash uint64, t thing) *object {
	o := &object{id: id, name: name, hash: hash, thing: t, since: time.Now()}
	s.objects[id] = o
	if name != "" {
		s.names[name] = id
	}
	return o
}

// make makes a thing of what a client sent. It returns nil if it has answered.
func (s *Store) make(kind msg.Kind, r *request) thing {
	switch kind {
	case msg.List, msg.Array, msg.Value:
		return s.newList(kind, &r.Reader)
	case msg.Dict, msg.Namespace:
		return s.newDict(kind, &r.Reader)
	case msg.Queue:
		return newQueue(r)
	case msg.Lock, msg.RLock:
		return &lock{is: kind}
	case msg.Condition:
		return s.newCondition(r)
	case msg.Event:
		return &event{}
	case msg.Semaphore, msg.BoundedSemaphore:
		return newSemaphore(kind, r)
	case msg.Barrier:
		return newBarrier(r)
	}
	r.fail(msg.WrongType, fmt.Sprintf("the server knows no kind %d of object", kind))
	return nil
}
