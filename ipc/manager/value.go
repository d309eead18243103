package manager

import (
	"context"
	"errors"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Value is a proxy of one value in the server, made by [NewValue], or of an attribute of
// a [Namespace]. All methods are safe for concurrent use.
//
// ("multiprocessing.managers.SyncManager.Value")
type Value[T any] struct {
	proxy
	attribute string
	of        bool // a namespace
}

// NewValue makes a value, or finds the one of its name. It blocks until the server has
// answered. It panics if a T cannot travel, or if more than one ObjectOptions is given.
func NewValue[T any](ctx context.Context, m *Manager, v T, options ...ObjectOptions) (*Value[T], error) {
	p, err := newItems(ctx, m, msg.Value, []T{v}, nameOf("NewValue", options))
	if err != nil {
		return nil, err
	}
	return &Value[T]{proxy: p}, nil
}

// Load returns the value.
func (v *Value[T]) Load(ctx context.Context) (value T, err error) {
	if v.of {
		value, _, err = v.loadAttribute(ctx)
	} else {
		value, _, err = getItem[T](ctx, v.proxy, 0)
	}
	return value, err
}

// Store sets the value.
func (v *Value[T]) Store(ctx context.Context, value T) error {
	if v.of {
		return v.storeAttribute(ctx, value)
	}
	return setItem(ctx, v.proxy, 0, value)
}

// Update sets the value to what f makes of it, and returns that. f runs here, and again
// with the newer value when another client was first: it should do nothing else. f gets
// the zero value for an attribute that was not stored. An error of f ends Update, and
// nothing has changed.
func (v *Value[T]) Update(ctx context.Context, f func(T) (T, error)) (T, error) {
	if v.of {
		return v.updateAttribute(ctx, f)
	}
	return updateItem(ctx, v.proxy, 0, f)
}

// MarshalBinary encodes the proxy, not the value, for another process. An attribute does
// not travel: its namespace does.
func (v *Value[T]) MarshalBinary() ([]byte, error) {
	if v.of {
		return nil, errors.New("manager: an attribute does not travel: its namespace does")
	}
	return v.marshal()
}

// UnmarshalBinary makes v the proxy that MarshalBinary has encoded.
func (v *Value[T]) UnmarshalBinary(data []byte) error {
	return v.unmarshal(data, msg.Value, codecOf[T]().Hash())
}
