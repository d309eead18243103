package manager

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// An Array is a proxy of a fixed number of items in the server. All methods are safe for
// concurrent use. An index that is out of range is an error matching [ErrNoObject].
//
// ("multiprocessing.managers.SyncManager.Array")
type Array[T any] struct{ proxy }

// NewArray makes an array of items, or finds the one of its name. It blocks until the server
// has answered. It panics if a T cannot travel, or if more than one ObjectOptions is given.
func NewArray[T any](ctx context.Context, m *Manager, items []T, options ...ObjectOptions) (*Array[T], error) {
	p, err := newItems(ctx, m, msg.Array, items, nameOf("NewArray", options))
	if err != nil {
		return nil, err
	}
	return &Array[T]{p}, nil
}

// Len returns the number of items.
func (a *Array[T]) Len(ctx context.Context) (int, error) { return a.number(ctx, "Len", msg.Len, nil) }

// Get returns the item at index i.
func (a *Array[T]) Get(ctx context.Context, i int) (T, error) {
	v, _, err := getItem[T](ctx, a.proxy, i)
	return v, err
}

// Set replaces the item at index i.
func (a *Array[T]) Set(ctx context.Context, i int, v T) error { return setItem(ctx, a.proxy, i, v) }

// Slice returns the items from index i up to j, without j, of one moment. A negative j
// stands for the length.
func (a *Array[T]) Slice(ctx context.Context, i, j int) ([]T, error) {
	return sliceItems[T](ctx, a.proxy, i, j)
}

// Update is that of a [List].
func (a *Array[T]) Update(ctx context.Context, i int, f func(T) (T, error)) (T, error) {
	return updateItem(ctx, a.proxy, i, f)
}

// All yields the items of the moment when iteration begins, in order. An error comes last,
// with the zero value.
func (a *Array[T]) All(ctx context.Context) iter.Seq2[T, error] { return allItems[T](ctx, a.proxy) }

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (a *Array[T]) MarshalBinary() ([]byte, error) { return a.marshal() }

// UnmarshalBinary makes a the proxy that MarshalBinary has encoded.
func (a *Array[T]) UnmarshalBinary(data []byte) error {
	return a.unmarshal(data, msg.Array, codecOf[T]().Hash())
}
