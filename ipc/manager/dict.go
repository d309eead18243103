package manager

import (
	"context"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Dict is a proxy of a map in the server. All methods are safe for concurrent use, and
// each takes effect at one moment. Keys are equal if they are as bytes: NaN is equal to
// itself, and 0 is not −0.
//
// ("multiprocessing.managers.SyncManager.dict")
type Dict[K comparable, V any] struct{ proxy }

// NewDict makes a dictionary of items, or finds the one of its name. It blocks until the
// server has answered. It panics if a K or a V cannot travel, or if more than one
// ObjectOptions is given.
func NewDict[K comparable, V any](ctx context.Context, m *Manager, items map[K]V, options ...ObjectOptions) (*Dict[K, V], error) {
	state, err := appendMap(items)
	if err != nil {
		return nil, err
	}
	p, err := create(ctx, m, msg.Dict, hashOf[K, V](), nameOf("NewDict", options), state)
	if err != nil {
		return nil, err
	}
	return &Dict[K, V]{p}, nil
}

// hashOf returns the hash of the types of a Dict.
func hashOf[K comparable, V any]() uint64 {
	return codecOf[K]().Hash()*1099511628211 ^ codecOf[V]().Hash()
}

func appendMap[K comparable, V any](items map[K]V) (b []byte, err error) {
	b = msg.Uint(nil, uint64(len(items)))
	for k, v := range items {
		if b, err = appendValue(b, codecOf[K](), k); err != nil {
			return nil, err
		}
		if b, err = appendValue(b, codecOf[V](), v); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Get returns the value of k, and whether there is one.
func (d *Dict[K, V]) Get(ctx context.Context, k K) (v V, ok bool, err error) {
	v, ok, _, err = d.get(ctx, k)
	return v, ok, err
}

func (d *Dict[K, V]) get(ctx context.Context, k K) (v V, ok bool, version uint64, err error) {
	args, err := appendValue(nil, codecOf[K](), k)
	if err != nil {
		return v, false, 0, err
	}
	payload, err := d.call(ctx, "Get", msg.Get, args)
	if err != nil {
		return v, false, 0, err
	}
	return d.entry(&msg.Reader{B: payload})
}

// entry reads a value, whether there is one, and its version.
func (d *Dict[K, V]) entry(r *msg.Reader) (v V, ok bool, version uint64, err error) {
	if ok = r.Int() == 1; !ok {
		return v, false, 0, nil
	}
	v, err = readValue(r, codecOf[V]())
	return v, true, r.Uint(), err
}

// Set sets the value of k.
func (d *Dict[K, V]) Set(ctx context.Context, k K, v V) error {
	args, err := appendValue(nil, codecOf[K](), k)
	if err == nil {
		args, err = appendValue(args, codecOf[V](), v)
	}
	if err == nil {
		_, err = d.call(ctx, "Set", msg.Set, args)
	}
	return err
}

// SetAll sets the values of all keys of items, together.
func (d *Dict[K, V]) SetAll(ctx context.Context, items map[K]V) error {
	args, err := appendMap(items)
	if err == nil {
		_, err = d.call(ctx, "SetAll", msg.SetMany, args)
	}
	return err
}

// Delete takes k out, and reports whether it was there.
func (d *Dict[K, V]) Delete(ctx context.Context, k K) (bool, error) {
	args, err := appendValue(nil, codecOf[K](), k)
	if err != nil {
		return false, err
	}
	n, err := d.number(ctx, "Delete", msg.Delete, args)
	return n == 1, err
}

// Len returns the number of entries.
func (d *Dict[K, V]) Len(ctx context.Context) (int, error) {
	return d.number(ctx, "Len", msg.Len, nil)
}

// Map returns all entries, of one moment.
func (d *Dict[K, V]) Map(ctx context.Context) (map[K]V, error) {
	payload, err := d.call(ctx, "Map", msg.All, nil)
	if err != nil {
		return nil, err
	}
	r := msg.Reader{B: payload}
	n := r.Count()
	items := make(map[K]V, n)
	for range n {
		k, err := readValue(&r, codecOf[K]())
		if err != nil {
			return nil, err
		}
		if items[k], err = readValue(&r, codecOf[V]()); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// Update sets the value of k to what f makes of the present one, and returns that. ok is
// false if there is none. f runs here, and again with the newer value when another client
// was first: it should do nothing else. An error of f ends Update, and nothing has
// changed.
func (d *Dict[K, V]) Update(ctx context.Context, k K, f func(v V, ok bool) (V, error)) (V, error) {
	key, err := appendValue(nil, codecOf[K](), k)
	if err != nil {
		var none V
		return none, err
	}
	old, ok, version, err := d.get(ctx, k)
	for err == nil {
		var v V
		if v, err = f(old, ok); err != nil {
			break
		}
		var args, payload []byte
		if args, err = appendValue(msg.Uint(key[:len(key):len(key)], version), codecOf[V](), v); err != nil {
			break
		}
		if payload, err = d.call(ctx, "Update", msg.SetIf, args); err != nil {
			break
		}
		r := msg.Reader{B: payload}
		if r.Int() == 1 {
			return v, nil
		}
		old, ok, version, err = d.entry(&r)
	}
	return old, err
}

// MarshalBinary encodes the proxy, not the dictionary, for another process.
func (d *Dict[K, V]) MarshalBinary() ([]byte, error) { return d.marshal() }

// UnmarshalBinary makes d the proxy that MarshalBinary has encoded.
func (d *Dict[K, V]) UnmarshalBinary(data []byte) error {
	return d.unmarshal(data, msg.Dict, hashOf[K, V]())
}
