package store

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/remote"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Class is a type of the program's own. Its functions are the user's code: they run in
// goroutines, never under the mutex.
type Class struct {
	Hash uint64 // of what Create takes

	// Create makes a value of what a client sent.
	Create func(ctx context.Context, in []byte) (any, error)

	// Encode encodes a value, and Decode reads it again, for snapshots. Both are nil if
	// the type cannot travel.
	Encode func(v any) ([]byte, error)
	Decode func(data []byte) (any, error)
}

// A Method is a function of a class.
type Method struct {
	Class string
	Hash  uint64 // of what it takes and returns
	Call  func(ctx context.Context, v any, in []byte) ([]byte, error)
}

// Types has what the program has registered.
type Types interface {
	Class(name string) *Class
	Method(name string) *Method
}

// An own is an object of a class. One call at a time runs.
type own struct {
	class   string
	value   any
	lost    error // why the value is not there
	running bool
	waiters line // for their turn
}

// A turn is what a waiter calls.
type turn struct {
	method string
	run    func(ctx context.Context) ([]byte, error)
	failed func(err error) // under the mutex; may be nil
}

func (o *own) kind() msg.Kind       { return msg.Own }
func (o *own) drop(*Store, *Client) {}

// createOwn has a class make a value in a goroutine. Others who want the object of that name
// meanwhile find it, and their calls wait; if the class fails, the object is gone.
func (r *request) createOwn(hash uint64, name string) {
	class, in := r.String(), append([]byte(nil), r.Bytes()...)
	if r.Bad {
		return
	}
	c := r.s.class(class)
	switch {
	case c == nil:
		r.fail(msg.WrongType, fmt.Sprintf("the server has no type %q", class))
		return
	case c.Hash != hash:
		r.fail(msg.WrongType, fmt.Sprintf("the server's type %q takes another argument", class))
		return
	case r.call == 0 || len(r.c.waits) >= maxCalls:
		r.fail(msg.Busy, "too many calls of the client wait")
		return
	}
	s := r.s
	o := &own{class: class}
	ob := s.add(name, hash, o)
	s.ref(r.c, ob)
	o.queue(r, &turn{method: class, run: func(ctx context.Context) ([]byte, error) {
		v, err := c.Create(ctx, in)
		if err == nil {
			o.value = v
		}
		return msg.Uint(nil, ob.id), err
	}, failed: func(err error) {
		o.lost = err
		delete(s.objects, ob.id)
		if name != "" && s.names[name] == ob.id {
			delete(s.names, name)
		}
	}})
}

func (s *Store) class(name string) *Class {
	if s.types == nil {
		return nil
	}
	return s.types.Class(name)
}

func (o *own) do(_ *Store, r *request) {
	if r.op != msg.Call {
		r.unknown()
		return
	}
	name, hash, in := r.String(), r.Uint(), append([]byte(nil), r.Bytes()...)
	if r.Bad {
		return
	}
	var m *Method
	if r.s.types != nil {
		m = r.s.types.Method(name)
	}
	switch {
	case m != nil && m.Class != o.class:
		r.fail(msg.WrongType, fmt.Sprintf("the object is a %s, and %q is a method of %s", o.class, name, m.Class))
	case m == nil:
		r.fail(msg.NoObject, fmt.Sprintf("%s has no method %q in the server", o.class, name))
	case m.Hash != hash:
		r.fail(msg.WrongType, fmt.Sprintf("the server's method %q has other types", name))
	default:
		o.queue(r, &turn{method: name, run: func(ctx context.Context) ([]byte, error) {
			if o.lost != nil {
				return nil, o.lost
			}
			return m.Call(ctx, o.value, in)
		}})
	}
}

// queue makes the call wait for its turn.
func (o *own) queue(r *request, t *turn) {
	w := o.waiters.join(r, nil)
	if w == nil {
		return
	}
	w.turn = t
	o.next(r.s)
}

// next begins the oldest call, if none runs.
func (o *own) next(s *Store) {
	if o.running {
		return
	}
	w := o.waiters.pop()
	if w == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.running = true
	w.revoke = cancel // the function may heed it; the answer is what it returns
	w.leave = cancel
	s.work.Go(func() {
		var result []byte
		var err error
		ended := func(caught *panics.Caught) { // also by Goexit
			cancel()
			if caught != nil {
				if err = caught.Err(); caught.Panic() != nil {
					err = remote.Panicked(w.turn.method, caught.Panic())
				}
			}
			code := msg.OK
			if err != nil {
				result, code = remote.Pack(ctx, err), msg.Remote
			}
			o.ended(s, w, code, result, err)
		}
		ended(panics.Try(func() { result, err = w.turn.run(ctx) }, ended))
	})
}

// ended answers a call that has run, and begins the next.
func (o *own) ended(s *Store, w *waiter, code msg.Code, result []byte, err error) {
	defer s.flush()
	s.mu.Lock()
	defer s.mu.Unlock()
	o.running = false
	if err != nil && w.turn.failed != nil {
		w.turn.failed(err)
	}
	if w.c.waits[w.call] == w {
		w.end(code, result)
	}
	o.next(s)
}

// encoded returns the state of the object, in its turn, on a channel.
func (o *own) encoded(s *Store, c *Client) (<-chan []byte, error) {
	class := s.class(o.class)
	if class == nil || class.Encode == nil {
		return nil, fmt.Errorf("a %s cannot travel", o.class)
	}
	state := make(chan []byte, 1)
	w := &waiter{s: s, c: c}
	w.turn = &turn{method: o.class, run: func(context.Context) ([]byte, error) {
		defer close(state) // without a state, if Encode fails
		data, err := class.Encode(o.value)
		if err == nil {
			state <- msg.Bytes(msg.Bytes(nil, o.class), data)
		}
		return nil, err
	}}
	o.waiters = append(o.waiters, w)
	o.next(s)
	return state, nil
}

// restoreOwn makes an object of what encoded returned.
func (s *Store) restoreOwn(state *msg.Reader) thing {
	name, data := state.String(), state.Bytes()
	class := s.class(name)
	if state.Bad || class == nil || class.Decode == nil {
		return nil
	}
	v, err := class.Decode(data)
	if err != nil {
		return nil
	}
	return &own{class: name, value: v}
}
