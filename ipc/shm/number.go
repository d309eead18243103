package shm

import (
	"context"
	"sync/atomic"
	"unsafe"
)

// Numeric is the types of a [Number].
type Numeric interface {
	~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64 | ~float32 | ~float64
}

// A Number is a number that goroutines of all processes read and change, each time in
// one step. No method waits for another process. Its zero value cannot be used: see
// [NewNumber]. All methods are safe for concurrent use, and panic after Close.
// ("multiprocessing.Value")
type Number[T Numeric] struct {
	memory *Memory
	offset uint64
	word   *atomic.Uint64
}

// NewNumber makes a number in m that is v. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed.
func NewNumber[T Numeric](m *Memory, v T, options ...ObjectOptions) (*Number[T], error) {
	return made(m, spec{
		caller: "NewNumber", name: named("NewNumber", options),
		kind: kindNumber, shape: shapeOf[T]("NewNumber"), size: 8,
		fill: func(words unsafe.Pointer) { (*atomic.Uint64)(words).Store(bitsOf(v)) },
	}, &Number[T]{})
}

func (n *Number[T]) place() (*Memory, uint64) { return n.memory, n.offset }

func (n *Number[T]) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindNumber, shapeOf[T]("Number"), 8, n)
}

func (n *Number[T]) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	n.memory, n.offset, n.word = m, offset, (*atomic.Uint64)(words)
}

// bitsOf returns the word of v.
func bitsOf[T Numeric](v T) uint64 {
	switch unsafe.Sizeof(v) {
	case 4:
		return uint64(*(*uint32)(unsafe.Pointer(&v)))
	default:
		return *(*uint64)(unsafe.Pointer(&v))
	}
}

// ofBits is the inverse of bitsOf.
func ofBits[T Numeric](word uint64) (v T) {
	switch unsafe.Sizeof(v) {
	case 4:
		*(*uint32)(unsafe.Pointer(&v)) = uint32(word)
	default:
		*(*uint64)(unsafe.Pointer(&v)) = word
	}
	return v
}

// Load returns the number.
func (n *Number[T]) Load() T {
	n.memory.use("Number.Load")
	return ofBits[T](n.word.Load())
}

// Store sets the number.
func (n *Number[T]) Store(v T) {
	n.memory.use("Number.Store")
	n.word.Store(bitsOf(v))
}

// Add adds delta and returns the sum. Integers wrap around.
func (n *Number[T]) Add(delta T) T {
	n.memory.use("Number.Add")
	if unsafe.Sizeof(delta) == 8 && whole[T]() {
		return ofBits[T](n.word.Add(bitsOf(delta)))
	}
	for {
		old := n.word.Load()
		sum := ofBits[T](old) + delta
		if n.word.CompareAndSwap(old, bitsOf(sum)) {
			return sum
		}
	}
}

// whole reports whether a T is an integer.
func whole[T Numeric]() bool {
	half := 0.5
	return T(half) == 0
}

// CompareAndSwap sets the number to new if it is old, and reports whether it did. A NaN
// is the NaN with the same bits; 0 and −0 differ.
func (n *Number[T]) CompareAndSwap(old, new T) bool {
	n.memory.use("Number.CompareAndSwap")
	return n.word.CompareAndSwap(bitsOf(old), bitsOf(new))
}

// With calls f with the number, and sets it to what f makes of it. If another goroutine
// changes the number meanwhile, With calls f again. An error of f ends With, which
// returns the error and changes nothing. When ctx has ended before f is called, With
// returns context.Cause(ctx). After Close the error matches [ErrClosed].
func (n *Number[T]) With(ctx context.Context, f func(*T) error) error {
	for {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case n.memory.usable() != nil:
			return n.memory.usable()
		}
		old := n.word.Load()
		v := ofBits[T](old)
		if err := f(&v); err != nil {
			return err
		}
		if err := n.memory.usable(); err != nil {
			return err
		}
		if n.word.CompareAndSwap(old, bitsOf(v)) {
			return nil
		}
	}
}
