package manager

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A proxy is what all proxies have: the server, and the number of an object there.
type proxy struct {
	*ref
}

// A ref is one proxy's part of the count of a hub. It ends with the last copy of the proxy.
type ref struct {
	h    *hub
	id   uint64
	kind msg.Kind
	hash uint64
}

func newRef(h *hub, kind msg.Kind, hash, id uint64, arrived bool) *ref {
	r := &ref{h, id, kind, hash}
	h.hold(id, arrived)
	runtime.AddCleanup(r, h.release, id)
	return r
}

// create makes an object, or finds the one of its name.
func create(ctx context.Context, m *Manager, kind msg.Kind, hash uint64, name string, state []byte) (proxy, error) {
	h := m.hub()
	args := msg.Bytes(msg.Uint([]byte{byte(kind)}, hash), name)
	payload, err := h.call(ctx, "New"+kind.String(), msg.Create, 0, append(args, state...))
	if err != nil {
		return proxy{}, err
	}
	r := msg.Reader{B: payload}
	id := r.Uint()
	if r.Bad {
		return proxy{}, errAnswer("New" + kind.String())
	}
	return proxy{newRef(h, kind, hash, id, false)}, nil
}

// made returns the ref of a proxy that was made by its constructor, or has arrived.
func (p proxy) made() *ref {
	if p.ref == nil {
		panic("manager: a proxy that no constructor has made")
	}
	return p.ref
}

// call asks the server.
func (p proxy) call(ctx context.Context, method string, op msg.Op, args []byte) ([]byte, error) {
	r := p.made()
	payload, err := r.h.call(ctx, r.kind.String()+"."+method, op, r.id, args)
	runtime.KeepAlive(r)
	return payload, err
}

// number is call for an answer that is a number.
func (p proxy) number(ctx context.Context, method string, op msg.Op, args []byte) (int, error) {
	payload, err := p.call(ctx, method, op, args)
	if err != nil {
		return 0, err
	}
	r := msg.Reader{B: payload}
	n := r.Int()
	if r.Bad {
		return 0, errAnswer(method)
	}
	return n, nil
}

// wait is call for an operation that waits, and has changed nothing if it was canceled: what
// the server did nevertheless, undo takes back.
func (p proxy) wait(ctx context.Context, method string, op msg.Op, args []byte, undo func(s *session.Session, payload []byte)) ([]byte, error) {
	r := p.made()
	s, err := r.h.connected(ctx)
	if err != nil {
		return nil, err
	}
	name := r.kind.String() + "." + method
	code, payload, err := r.h.ask(ctx, name, op, r.id, args, func(code msg.Code, payload []byte) {
		if undo != nil && (code == msg.OK || code == msg.OwnerDied) {
			undo(s, payload)
		}
		runtime.KeepAlive(r)
	})
	runtime.KeepAlive(r)
	if err == nil && code != msg.OK {
		err = refused(ctx, name, code, payload)
	}
	return payload, err
}

// give is call for what must be given back also when ctx has ended: then it does not wait
// for the answer.
func (p proxy) give(ctx context.Context, method string, op msg.Op, args []byte) error {
	r := p.made()
	if ctx.Err() == nil {
		_, err := p.call(ctx, method, op, args)
		if e, ok := err.(*CallError); ok && e.Started {
			return nil // it is on its way
		}
		return err
	}
	s, err := r.h.connected(context.WithoutCancel(ctx))
	if err == nil {
		s.Post(op, r.id, args)
		err = s.Err()
	}
	runtime.KeepAlive(r)
	return err
}

// truth is number for an answer that is yes or no.
func (p proxy) truth(ctx context.Context, method string, op msg.Op, args []byte) (bool, error) {
	n, err := p.number(ctx, method, op, args)
	return n == 1, err
}

// state returns the numbers that say what an object is.
func (p proxy) state(ctx context.Context, method string) (*msg.Reader, error) {
	payload, err := p.call(ctx, method, msg.State, nil)
	return &msg.Reader{B: payload}, err
}

// marshal encodes the proxy for another process.
func (p proxy) marshal() ([]byte, error) {
	if p.ref == nil {
		return nil, fmt.Errorf("%w: the zero value of a proxy", ErrNoObject)
	}
	b := msg.Uint(msg.Uint([]byte{byte(p.kind)}, p.hash), p.id)
	return p.h.at.append(b), nil
}

// unmarshal makes p what marshal has encoded, if that is of the kind and the types.
func (p *proxy) unmarshal(data []byte, kind msg.Kind, hash uint64) error {
	r := msg.Reader{B: data}
	k, sum, id := msg.Kind(r.Byte()), r.Uint(), r.Uint()
	at := placeFrom(&r)
	switch {
	case r.Bad || len(r.B) > 0:
		return fmt.Errorf("manager: what came is no %v", kind)
	case k != kind || sum != hash:
		return fmt.Errorf("%w: a %v came where a %v was expected, or one of other types", ErrType, k, kind)
	}
	p.ref = newRef(hubOf(at, false), kind, hash, id, true)
	return nil
}

var codecs sync.Map // of reflect.Type

// codecOf returns the codec of T. It panics if a T cannot travel.
func codecOf[T any]() *wire.Codec[T] {
	t := reflect.TypeFor[T]()
	if c, ok := codecs.Load(t); ok {
		return c.(*wire.Codec[T])
	}
	c, err := wire.Of[T]()
	if err != nil {
		panic(fmt.Sprintf("manager: %v cannot travel: %v", t, err))
	}
	codecs.Store(t, c)
	return c
}

// appendValue appends a value as bytes with their length.
func appendValue[T any](b []byte, c *wire.Codec[T], v T) ([]byte, error) {
	var buf [64]byte
	data, err := c.Append(buf[:0], v)
	if err != nil {
		return b, fmt.Errorf("manager: a value cannot travel: %w", err)
	}
	return msg.Bytes(b, data), nil
}

// readValue reads what appendValue has appended.
func readValue[T any](r *msg.Reader, c *wire.Codec[T]) (v T, err error) {
	data := r.Bytes()
	if r.Bad {
		return v, msg.ErrFrame
	}
	if v, err = c.Decode(data); err != nil {
		err = fmt.Errorf("%w: %w", ErrType, err)
	}
	return v, err
}
