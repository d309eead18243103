package shm

import (
	"context"
	"fmt"
	"iter"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// An Array is n values of a type without pointers. [Array.Slice] is the memory itself:
// what one process writes the others see, at once and in any order, as goroutines do
// that share a slice. [Array.Lock] or [AddAt] keep them apart. Its zero value cannot be
// used: see [NewArray]. ("multiprocessing.Array")
type Array[T any] struct {
	memory *Memory
	offset uint64
	n      int
	l      *Lock
	items  []T
}

// NewArray makes an array of n zero values in m. It does not block. The error matches
// [ErrMemoryFull], or [ErrClosed] if m was closed. NewArray panics if n is negative, if a T has
// no bytes, and where [NewValue] does.
func NewArray[T any](m *Memory, n int, options ...ObjectOptions) (*Array[T], error) {
	return newArray[T](m, "NewArray", n, nil, options)
}

// NewArrayOf makes an array of copies of items: see [NewArray].
func NewArrayOf[T any](m *Memory, items []T, options ...ObjectOptions) (*Array[T], error) {
	return newArray(m, "NewArrayOf", len(items), items, options)
}

func newArray[T any](m *Memory, caller string, n int, items []T, options []ObjectOptions) (*Array[T], error) {
	shape := shapeOf[T](caller)
	var item T
	switch size := unsafe.Sizeof(item); {
	case size == 0:
		panic(fmt.Sprintf("shm: %s: an item of type %T has no bytes", caller, item))
	case n < 0:
		panic(fmt.Sprintf("shm: %s: n is %d, want 0 or more", caller, n))
	case uint64(n) > uint64(math.MaxInt64/2)/uint64(size):
		return nil, fmt.Errorf("shm: %s: %w: %d items of %d bytes", caller, ErrMemoryFull, n, size)
	}
	return made(m, spec{
		caller: caller, name: named(caller, options),
		kind: kindArray, shape: shape, size: arraySize[T](m, n),
		fill: func(words unsafe.Pointer) { copy(itemsAt[T](m, words, n), items) },
	}, &Array[T]{n: n})
}

// arraySize returns the bytes of an array: a lock, and the items.
func arraySize[T any](m *Memory, n int) int {
	var item T
	return robust.LockSize(m.segment()) + n*int(unsafe.Sizeof(item))
}

func itemsAt[T any](m *Memory, words unsafe.Pointer, n int) []T {
	return unsafe.Slice((*T)(unsafe.Add(words, robust.LockSize(m.segment()))), n)
}

func (a *Array[T]) place() (*Memory, uint64) { return a.memory, a.offset }

func (a *Array[T]) open(m *Memory, offset uint64) (any, error) {
	rest, err := m.m.Size(offset, arraySize[T](m, 0))
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", a, err)
	}
	var item T
	a.n = rest / int(max(unsafe.Sizeof(item), 1))
	return found(m, offset, kindArray, shapeOf[T]("Array"), arraySize[T](m, a.n), a)
}

func (a *Array[T]) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	a.memory, a.offset = m, offset
	a.l = &Lock{memory: m, offset: offset, l: robust.LockAt(m.m, words)}
	a.items = itemsAt[T](m, words, a.n)
}

// Len returns the number of items.
func (a *Array[T]) Len() int { return len(a.items) }

// Slice returns the items, which are the memory itself. It must not be used after
// [Memory.Close].
func (a *Array[T]) Slice() []T {
	a.memory.use("Array.Slice")
	return a.items
}

// All returns the indexes and items, as slices.All does. Another goroutine may change
// them meanwhile. It panics after Close.
func (a *Array[T]) All() iter.Seq2[int, T] {
	_ = a.memory.segment()
	return func(yield func(int, T) bool) {
		for i := range a.items {
			a.memory.use("Array.All")
			if !yield(i, a.items[i]) {
				return
			}
		}
	}
}

// Lock returns the lock of the array, which is made with it.
func (a *Array[T]) Lock() *Lock { return a.l }

// With calls f with the items while it holds the lock of the array. It blocks until it
// has the lock, or until ctx ends; then it returns context.Cause(ctx).
//
// With returns an [*OwnerDiedError], and has not called f, if a process has died with
// the lock: [Array.Lock] is for putting that right. After Close the error matches
// [ErrClosed]. It returns the error of f, which has changed what it has changed.
func (a *Array[T]) With(ctx context.Context, f func([]T) error) (err error) {
	_ = a.memory.segment()
	err = a.l.LockContext(ctx)
	if _, died := err.(*OwnerDiedError); err == nil || died {
		defer func() {
			if left := a.l.leave(); err == nil {
				err = left
			}
		}()
	}
	if err != nil {
		return err
	}
	return f(a.items)
}

// AddAt adds delta to item i in one step, and returns the sum. It panics if i is out of
// range, and after Close.
func AddAt[T Numeric](a *Array[T], i int, delta T) T {
	a.memory.use("AddAt")
	p := unsafe.Pointer(&a.items[i])
	for {
		if unsafe.Sizeof(delta) == 4 {
			word := (*atomic.Uint32)(p)
			old := word.Load()
			sum := ofBits[T](uint64(old)) + delta
			if word.CompareAndSwap(old, uint32(bitsOf(sum))) {
				return sum
			}
			continue
		}
		word := (*atomic.Uint64)(p)
		old := word.Load()
		sum := ofBits[T](old) + delta
		if word.CompareAndSwap(old, bitsOf(sum)) {
			return sum
		}
	}
}
