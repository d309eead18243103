package manager

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime"
	"sync"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/remote"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/store"
)

// registered has the types and methods of this program.
var registered = types{classes: map[string]*store.Class{}, methods: map[string]*store.Method{}, names: map[any]string{}}

type types struct {
	mu      sync.Mutex
	classes map[string]*store.Class
	methods map[string]*store.Method
	names   map[any]string // of classes, by a nil *T
}

// Class returns the class of a name, or nil.
func (t *types) Class(name string) *store.Class {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.classes[name]
}

// Method returns the method of a name, or nil.
func (t *types) Method(name string) *store.Method {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.methods[name]
}

// A Class is a type whose values live in the server. Make it with [Type].
type Class[T, In any] struct{ name string }

// Type registers the type T under a name, and says how a value of it is made, in the
// server. Call it in a package-level variable: the server is the same program started
// again, and must know the type. create gets the end of the caller's ctx, not its values.
//
// Type panics if create is nil, if the name is empty or taken, if T is registered already,
// or if an In cannot travel. T need not travel: but then [Manager.Snapshot] fails while
// there is a T.
//
// ("multiprocessing.managers.BaseManager.register")
func Type[T, In any](name string, create func(context.Context, In) (*T, error)) *Class[T, In] {
	in := codecOf[In]()
	if name == "" || create == nil {
		panic("manager: Type without a name or a function")
	}
	c := &store.Class{Hash: hashOfClass(name, in.Hash()), Create: func(ctx context.Context, data []byte) (any, error) {
		v, err := in.Decode(data)
		if err != nil {
			return nil, err
		}
		made, err := create(ctx, v)
		if err == nil && made == nil {
			err = fmt.Errorf("manager: %s: a nil value was made", name)
		}
		return made, err
	}}
	if state, err := wire.Of[T](); err == nil {
		c.Encode = func(v any) ([]byte, error) { return state.Append(nil, *v.(*T)) }
		c.Decode = func(data []byte) (any, error) {
			v, err := state.Decode(data)
			return &v, err
		}
	}
	registered.mu.Lock()
	defer registered.mu.Unlock()
	if registered.classes[name] != nil || registered.names[(*T)(nil)] != "" {
		panic(fmt.Sprintf("manager: Type: %q or its type is registered already", name))
	}
	registered.classes[name], registered.names[(*T)(nil)] = c, name
	return &Class[T, In]{name}
}

// hashOfClass tells classes apart, beside what they take.
func hashOfClass(name string, in uint64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64() ^ in
}

// New makes a T of in, or finds the one of its name, whose types are then the same. It
// blocks until the function given to Type has returned, and returns its error as
// Function.On of package ipc does. It panics if more than one ObjectOptions is given.
func (c *Class[T, In]) New(ctx context.Context, m *Manager, in In, options ...ObjectOptions) (*Object[T], error) {
	data, err := codecOf[In]().Append(nil, in)
	if err != nil {
		return nil, fmt.Errorf("manager: a value cannot travel: %w", err)
	}
	p, err := create(ctx, m, msg.Own, hashOfClass(c.name, codecOf[In]().Hash()), nameOf("New", options), msg.Bytes(msg.Bytes(nil, c.name), data))
	if err != nil {
		return nil, err
	}
	return &Object[T]{p}, nil
}

// An Object is a proxy of a T in the server. Its methods are those registered by [Method]:
// one call at a time runs, in the order in which they came. All methods are safe for
// concurrent use.
type Object[T any] struct{ proxy }

// MarshalBinary encodes the proxy, not the value, for another process.
func (o *Object[T]) MarshalBinary() ([]byte, error) { return o.marshal() }

// UnmarshalBinary makes o the proxy that MarshalBinary has encoded. Whether that is of a T
// the first call tells.
func (o *Object[T]) UnmarshalBinary(data []byte) error {
	r := msg.Reader{B: data}
	r.Byte()
	return o.unmarshal(data, msg.Own, r.Uint())
}

// A Procedure is a method of a T in the server. Make it with [Method].
type Procedure[T, In, Out any] struct {
	name string
	hash uint64
}

// Method registers a method of T under a name, beside [Type] and after it. f runs in the
// server. The end of the caller's ctx reaches it, the values of that do not. An error of f
// arrives as one of a function of package ipc does. A panic is an error for the caller, and
// the object lives on.
//
// Method panics if f is nil, if the name is empty or taken, if T is not registered, or if
// an In or an Out cannot travel.
func Method[T, In, Out any](name string, f func(context.Context, *T, In) (Out, error)) *Procedure[T, In, Out] {
	in, out := codecOf[In](), codecOf[Out]()
	if name == "" || f == nil {
		panic("manager: Method without a name or a function")
	}
	registered.mu.Lock()
	defer registered.mu.Unlock()
	class := registered.names[(*T)(nil)]
	if class == "" || registered.methods[name] != nil {
		panic(fmt.Sprintf("manager: Method: %q is taken, or its type is not registered", name))
	}
	p := &Procedure[T, In, Out]{name, in.Hash()*1099511628211 ^ out.Hash()}
	registered.methods[name] = &store.Method{Class: class, Hash: p.hash, Call: func(ctx context.Context, v any, data []byte) ([]byte, error) {
		arg, err := in.Decode(data)
		if err != nil {
			return nil, err
		}
		result, err := f(ctx, v.(*T), arg)
		if err != nil {
			return nil, err
		}
		return out.Append(nil, result)
	}}
	return p
}

// On returns the method of one object as a plain function. Each call blocks until it has had
// its turn and has returned. When its ctx ends before its turn, nothing has happened.
// When it ends later, so does the ctx of the method; if that goes on all the same the call
// returns a [*CallError] and the method runs to its end.
func (p *Procedure[T, In, Out]) On(o *Object[T]) func(context.Context, In) (Out, error) {
	r := o.made()
	return func(ctx context.Context, in In) (result Out, err error) {
		args, err := appendValue(msg.Uint(msg.Bytes(nil, p.name), p.hash), codecOf[In](), in)
		if err != nil {
			return result, err
		}
		code, payload, err := r.h.ask(ctx, p.name, msg.Call, r.id, args, nil)
		runtime.KeepAlive(r)
		switch {
		case err != nil:
			return result, err
		case code != msg.OK:
			return result, refused(ctx, p.name, code, payload)
		}
		if result, err = codecOf[Out]().Decode(payload); err != nil {
			err = fmt.Errorf("%w: %s: %w", ErrType, p.name, err)
		}
		return result, err
	}
}

// ran returns the error of a function that ran in the server.
func ran(ctx context.Context, method string, payload []byte) error {
	return remote.Unpack(ctx, method, 0, payload)
}
