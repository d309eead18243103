package manager

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Namespace is a proxy of named values in the server, each of a type of its own. Use
// them through [Attribute]. All methods are safe for concurrent use.
//
// ("multiprocessing.managers.Namespace")
type Namespace struct{ proxy }

// NewNamespace makes a namespace without attributes, or finds the one of its name. It
// blocks until the server has answered. It panics if more than one ObjectOptions is given.
func NewNamespace(ctx context.Context, m *Manager, options ...ObjectOptions) (*Namespace, error) {
	p, err := create(ctx, m, msg.Namespace, 0, nameOf("NewNamespace", options), msg.Uint(nil, 0))
	if err != nil {
		return nil, err
	}
	return &Namespace{p}, nil
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (n *Namespace) MarshalBinary() ([]byte, error) { return n.marshal() }

// UnmarshalBinary makes n the proxy that MarshalBinary has encoded.
func (n *Namespace) UnmarshalBinary(data []byte) error { return n.unmarshal(data, msg.Namespace, 0) }

// Delete takes an attribute out, and reports whether it was there.
func (n *Namespace) Delete(ctx context.Context, name string) (bool, error) {
	yes, err := n.number(ctx, "Delete", msg.Delete, msg.Bytes(nil, name))
	return yes == 1, err
}

// Attribute returns the attribute of n that has a name, as a value of type T. It asks the
// server nothing: an attribute that was not stored yet is an error of Load that matches
// [ErrNoObject], and one of another type matches [ErrType]. Store sets it, whatever it was.
// It panics if a T cannot travel.
func Attribute[T any](n *Namespace, name string) *Value[T] {
	codecOf[T]()
	n.made()
	return &Value[T]{proxy: n.proxy, attribute: name, of: true}
}

// Attributes lie in the server with the hash of their type before them.
func (v *Value[T]) loadAttribute(ctx context.Context) (value T, version uint64, err error) {
	payload, err := v.call(ctx, "Attribute", msg.Get, msg.Bytes(nil, v.attribute))
	if err != nil {
		return value, 0, err
	}
	r := msg.Reader{B: payload}
	return v.entry(&r)
}

// errUnset is the error of an attribute that was not stored.
func (v *Value[T]) errUnset() error {
	return fmt.Errorf("%w: the namespace has no attribute %q", ErrNoObject, v.attribute)
}

func (v *Value[T]) entry(r *msg.Reader) (value T, version uint64, err error) {
	if r.Int() != 1 {
		return value, 0, v.errUnset()
	}
	in := msg.Reader{B: r.Bytes()}
	version = r.Uint()
	if hash := in.Uint(); hash != codecOf[T]().Hash() {
		return value, 0, fmt.Errorf("%w: the attribute %q of the namespace", ErrType, v.attribute)
	}
	value, err = readValue(&in, codecOf[T]())
	return value, version, err
}

func (v *Value[T]) appendAttribute(b []byte, value T) ([]byte, error) {
	data, err := appendValue(msg.Uint(nil, codecOf[T]().Hash()), codecOf[T](), value)
	return msg.Bytes(b, data), err
}

func (v *Value[T]) storeAttribute(ctx context.Context, value T) error {
	args, err := v.appendAttribute(msg.Bytes(nil, v.attribute), value)
	if err == nil {
		_, err = v.call(ctx, "Attribute", msg.Set, args)
	}
	return err
}

func (v *Value[T]) updateAttribute(ctx context.Context, f func(T) (T, error)) (T, error) {
	old, version, err := v.loadAttribute(ctx)
	for err == nil || version == 0 && errors.Is(err, ErrNoObject) {
		var next T
		if next, err = f(old); err != nil {
			break
		}
		var args, payload []byte
		if args, err = v.appendAttribute(msg.Uint(msg.Bytes(nil, v.attribute), version), next); err != nil {
			break
		}
		if payload, err = v.call(ctx, "Attribute", msg.SetIf, args); err != nil {
			break
		}
		r := msg.Reader{B: payload}
		if r.Int() == 1 {
			return next, nil
		}
		old, version, err = v.entry(&r)
	}
	return old, err
}
