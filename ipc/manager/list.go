package manager

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A List is a proxy of a slice in the server. All methods are safe for concurrent use, and
// each takes effect at one moment. An index that is out of range is an error matching
// [ErrNoObject]; nothing has changed then.
//
// ("multiprocessing.managers.SyncManager.list")
type List[T any] struct{ proxy }

// NewList makes a list of items, or finds the one of its name. It blocks until the server
// has answered. It panics if a T cannot travel, or if more than one ObjectOptions is
// given.
func NewList[T any](ctx context.Context, m *Manager, items []T, options ...ObjectOptions) (*List[T], error) {
	p, err := newItems(ctx, m, msg.List, items, nameOf("NewList", options))
	if err != nil {
		return nil, err
	}
	return &List[T]{p}, nil
}

func newItems[T any](ctx context.Context, m *Manager, kind msg.Kind, items []T, name string) (proxy, error) {
	c := codecOf[T]()
	state, err := appendItems(nil, c, items)
	if err != nil {
		return proxy{}, err
	}
	return create(ctx, m, kind, c.Hash(), name, state)
}

func appendItems[T any](b []byte, c *wire.Codec[T], items []T) ([]byte, error) {
	b = msg.Uint(b, uint64(len(items)))
	for _, v := range items {
		var err error
		if b, err = appendValue(b, c, v); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Len returns the number of items.
func (l *List[T]) Len(ctx context.Context) (int, error) { return l.number(ctx, "Len", msg.Len, nil) }

// Get returns the item at index i.
func (l *List[T]) Get(ctx context.Context, i int) (T, error) {
	v, _, err := getItem[T](ctx, l.proxy, i)
	return v, err
}

// Set replaces the item at index i.
func (l *List[T]) Set(ctx context.Context, i int, v T) error {
	return setItem(ctx, l.proxy, i, v)
}

// Append adds items at the end, together.
func (l *List[T]) Append(ctx context.Context, items ...T) error {
	return l.put(ctx, "Append", -1, items)
}

// Insert puts items, together, before the one at index i; i may be the length.
func (l *List[T]) Insert(ctx context.Context, i int, items ...T) error {
	if i == -1 { // stands for the end
		i = -2
	}
	return l.put(ctx, "Insert", i, items)
}

func (l *List[T]) put(ctx context.Context, method string, i int, items []T) error {
	args, err := appendItems(msg.Int(nil, i), codecOf[T](), items)
	if err != nil {
		return err
	}
	_, err = l.call(ctx, method, msg.Insert, args)
	return err
}

// Delete takes the items from index i up to j, without j, out of the list.
func (l *List[T]) Delete(ctx context.Context, i, j int) error {
	_, err := l.call(ctx, "Delete", msg.Delete, msg.Int(msg.Int(nil, i), j))
	return err
}

// Slice returns the items from index i up to j, without j, of one moment. A negative j
// stands for the length.
func (l *List[T]) Slice(ctx context.Context, i, j int) ([]T, error) {
	return sliceItems[T](ctx, l.proxy, i, j)
}

// Update replaces the item at index i by what f makes of it, and returns that. f runs
// here, and again with the newer item when another client was first: it should do nothing
// else. An error of f ends Update, and nothing has changed.
func (l *List[T]) Update(ctx context.Context, i int, f func(T) (T, error)) (T, error) {
	return updateItem(ctx, l.proxy, i, f)
}

// All yields the items of the moment when iteration begins, in order. An error comes last,
// with the zero value.
func (l *List[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return allItems[T](ctx, l.proxy)
}

// MarshalBinary encodes the proxy, not the list, for another process.
func (l *List[T]) MarshalBinary() ([]byte, error) { return l.marshal() }

// UnmarshalBinary makes l the proxy that MarshalBinary has encoded.
func (l *List[T]) UnmarshalBinary(data []byte) error {
	return l.unmarshal(data, msg.List, codecOf[T]().Hash())
}

func getItem[T any](ctx context.Context, p proxy, i int) (v T, version uint64, err error) {
	payload, err := p.call(ctx, "Get", msg.Get, msg.Int(nil, i))
	if err != nil {
		return v, 0, err
	}
	r := msg.Reader{B: payload}
	v, err = readValue(&r, codecOf[T]())
	return v, r.Uint(), err
}

func setItem[T any](ctx context.Context, p proxy, i int, v T) error {
	args, err := appendValue(msg.Int(nil, i), codecOf[T](), v)
	if err != nil {
		return err
	}
	_, err = p.call(ctx, "Set", msg.Set, args)
	return err
}

func sliceItems[T any](ctx context.Context, p proxy, i, j int) ([]T, error) {
	payload, err := p.call(ctx, "Slice", msg.Slice, msg.Int(msg.Int(nil, i), max(j, -1)))
	if err != nil {
		return nil, err
	}
	r := msg.Reader{B: payload}
	items := make([]T, r.Count())
	for i := range items {
		if items[i], err = readValue(&r, codecOf[T]()); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func updateItem[T any](ctx context.Context, p proxy, i int, f func(T) (T, error)) (T, error) {
	c := codecOf[T]()
	old, version, err := getItem[T](ctx, p, i)
	for err == nil {
		var v T
		if v, err = f(old); err != nil {
			break
		}
		var args, payload []byte
		if args, err = appendValue(msg.Uint(msg.Int(nil, i), version), c, v); err != nil {
			break
		}
		if payload, err = p.call(ctx, "Update", msg.SetIf, args); err != nil {
			break
		}
		r := msg.Reader{B: payload}
		if r.Int() == 1 {
			return v, nil
		}
		if old, err = readValue(&r, c); err == nil {
			version = r.Uint()
		}
	}
	return old, err
}

func allItems[T any](ctx context.Context, p proxy) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		items, err := sliceItems[T](ctx, p, 0, -1)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, v := range items {
			if !yield(v, nil) {
				return
			}
		}
	}
}
