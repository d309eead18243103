package ipc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/fanfold/fanfold/internal/wire"
)

// A codec encodes and decodes arguments, or results. A panic of the user's code in
// it goes its way.
type codec[T any] interface {
	// Files reports whether a T may hold files: what is given for them may be nil if not.
	Files() bool

	// Hash returns a hash of the form that a T has in bytes.
	Hash() uint64

	// Append and AppendSlice add to the terms' files, as they are. The error is a
	// *TooLargeError without Func and What, or the cause of the terms' ctx, if a value
	// does not keep to the terms.
	Append(dst []byte, v T, t wire.Terms) ([]byte, error)
	AppendSlice(dst []byte, v []T, t wire.Terms) ([]byte, error)

	// Decode and DecodeSlice do not keep src. Of files, what they took becomes nil. Where
	// Plain holds DecodeSlice uses the memory of dst if there is enough.
	Decode(src []byte, files *[]*os.File) (T, error)

	// DecodeOwn is Decode of a src that is given away: the value may be a part of it.
	DecodeOwn(src []byte, files *[]*os.File) (T, error)
	DecodeSlice(dst []T, src []byte, files *[]*os.File) ([]T, error)

	// Plain reports whether values hold no pointers, and nobody can tell where they lie
	// while they are encoded and decoded.
	Plain() bool
}

// codecFor returns the codec that options ask for.
func codecFor[T any](o *FuncOptions) (codec[T], error) {
	switch {
	case (o.Marshal == nil) != (o.Unmarshal == nil):
		return nil, errors.New("of Marshal and Unmarshal one is nil: want both or neither")
	case o.Marshal == nil:
		c, err := wire.OfFiles[T](o.Types...)
		return builtin[T]{c}, err
	case len(o.Types) > 0:
		return nil, errors.New("there are Types, which Marshal and Unmarshal know nothing of")
	}
	return pluggedIn[T]{o.Marshal, o.Unmarshal}, nil
}

// builtin is the codec of this package.
type builtin[T any] struct{ wire *wire.Codec[T] }

func (c builtin[T]) Files() bool { return c.wire.Files() }

func (c builtin[T]) Hash() uint64 { return c.wire.Hash() }

func (c builtin[T]) Append(dst []byte, v T, t wire.Terms) ([]byte, error) {
	out, err := c.wire.AppendOn(dst, v, t)
	raise(err)
	return out, err
}

func (c builtin[T]) AppendSlice(dst []byte, v []T, t wire.Terms) ([]byte, error) {
	out, err := c.wire.AppendSliceOn(dst, v, t)
	raise(err)
	return out, err
}

func (c builtin[T]) Decode(src []byte, files *[]*os.File) (T, error) {
	v, err := c.wire.DecodeFiles(src, files)
	raise(err)
	return v, err
}

func (c builtin[T]) DecodeOwn(src []byte, files *[]*os.File) (T, error) {
	v, err := c.wire.DecodeOwn(src, files)
	raise(err)
	return v, err
}

func (c builtin[T]) DecodeSlice(dst []T, src []byte, files *[]*os.File) ([]T, error) {
	v, err := c.wire.DecodeSliceFiles(dst, src, files)
	raise(err)
	return v, err
}

func (c builtin[T]) Plain() bool { return c.wire.Plain() }

// raise goes on with a panic of a method by which a value encodes or decodes itself:
// the wire codec makes an error of it.
func raise(err error) {
	if e, ok := err.(interface{ Raise() }); ok { // of package wire
		e.Raise()
	}
}

// pluggedIn is a codec made of two functions of the user's.
type pluggedIn[T any] struct {
	marshal   func(v any) ([]byte, error)
	unmarshal func(data []byte, v any) error
}

// Files reports that there are none: what the functions do not copy does not travel.
func (c pluggedIn[T]) Files() bool { return false }

// Hash says nothing: what Marshal writes may stay the same when the type changes.
func (c pluggedIn[T]) Hash() uint64 { return 0 }

func (c pluggedIn[T]) Append(dst []byte, v T, t wire.Terms) ([]byte, error) {
	data, err := c.marshal(v)
	if err == nil {
		err = over(len(data), t)
	}
	if err != nil {
		return dst, err
	}
	return append(dst, data...), nil
}

// over is the error of so many bytes that are more than t allows. Marshal returned them
// whole: nothing can bound it meanwhile.
func over(n int, t wire.Terms) error {
	if t.Limit > 0 && n > t.Limit {
		return &TooLargeError{Size: n, Limit: t.Limit}
	}
	return nil
}

// Decode lets unmarshal keep what it is given: src may be memory that is used again.
func (c pluggedIn[T]) Decode(src []byte, _ *[]*os.File) (v T, err error) {
	if err = c.unmarshal(bytes.Clone(src), &v); err != nil {
		return *new(T), err
	}
	return v, nil
}

// DecodeOwn lets unmarshal keep what it is given.
func (c pluggedIn[T]) DecodeOwn(src []byte, _ *[]*os.File) (v T, err error) {
	if err = c.unmarshal(src, &v); err != nil {
		return *new(T), err
	}
	return v, nil
}

// AppendSlice encodes a list: the number of its items and one, or 0 if it is nil;
// then the length of each item and its bytes. Numbers are unsigned varints.
func (c pluggedIn[T]) AppendSlice(dst []byte, list []T, t wire.Terms) ([]byte, error) {
	if list == nil {
		return append(dst, 0), nil
	}
	out := binary.AppendUvarint(dst, uint64(len(list))+1)
	for i, v := range list {
		if t.Ctx != nil && t.Ctx.Err() != nil {
			return dst, context.Cause(t.Ctx)
		}
		data, err := c.marshal(v)
		if err != nil {
			return dst, fmt.Errorf("item %d: %w", i, err)
		}
		out = append(binary.AppendUvarint(out, uint64(len(data))), data...)
		if err = over(len(out)-len(dst), t); err != nil {
			return dst, err
		}
	}
	return out, nil
}

// DecodeSlice decodes a list. What it allocates grows with the items that unmarshal
// made something of, not with their announced number.
func (c pluggedIn[T]) DecodeSlice(_ []T, src []byte, _ *[]*os.File) ([]T, error) {
	n, items, err := parseList(bytes.Clone(src))
	if err != nil || n < 0 {
		return nil, err
	}
	list := []T{}
	for item := range items {
		list = append(list, *new(T))
		if err := c.unmarshal(item, &list[len(list)-1]); err != nil {
			return nil, fmt.Errorf("item %d: %w", len(list)-1, err)
		}
	}
	return list, nil
}

func (c pluggedIn[T]) Plain() bool { return false }

// parseList returns the items of an encoded list and their number, −1 for a nil list.
// It checks all lengths, and allocates nothing for them.
func parseList(src []byte) (n int, items iter.Seq[[]byte], err error) {
	head, size := binary.Uvarint(src)
	rest := src[max(size, 0):]
	switch {
	case size <= 0:
		return 0, nil, errors.New("a list without a length")
	case head > uint64(len(rest))+1: // an item takes a byte at least
		return 0, nil, fmt.Errorf("a list of %d items in %d bytes", head-1, len(rest))
	}
	if n = int(head) - 1; n < 0 && len(rest) > 0 {
		return 0, nil, fmt.Errorf("%d bytes after a nil list", len(rest))
	}
	first := rest
	for i := range n { // never if it is −1
		length, size := binary.Uvarint(rest)
		if size <= 0 || length > uint64(len(rest)-size) {
			return 0, nil, fmt.Errorf("item %d of %d at byte %d does not end", i, n, len(src)-len(rest))
		}
		rest = rest[size+int(length):]
	}
	if len(rest) > 0 {
		return 0, nil, fmt.Errorf("%d bytes after the last of %d items", len(rest), n)
	}
	return n, func(yield func([]byte) bool) {
		for rest := first; len(rest) > 0; {
			length, size := binary.Uvarint(rest)
			end := size + int(length)
			if !yield(rest[size:end:end]) {
				return
			}
			rest = rest[end:]
		}
	}, nil
}
