package shm

import (
	"context"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A Value is a value of a type without pointers that goroutines of all processes read
// and change as a whole. Its zero value cannot be used: see [NewValue]. All methods are
// safe for concurrent use. ("multiprocessing.Value", "sharedctypes")
//
// The memory holds two copies of the value and a version, which says which of them
// counts. A change is made to the other copy, and takes the value's place in one step: a
// process that is killed, at any instruction, changes nothing or has changed it.
type Value[T any] struct {
	memory  *Memory
	offset  uint64
	l       *robust.Lock   // of those that change it
	version *atomic.Uint64 // the copy that counts is its last bit's
	copies  [2][]atomic.Uint64
}

// NewValue makes a value in m that is v. It does not block.
//
// The error matches [ErrMemoryFull], or [ErrClosed] if m was closed. NewValue panics, and
// names the field, if a T holds a pointer, a slice, a string, a map, a chan, a func, an
// interface or a uintptr.
func NewValue[T any](m *Memory, v T, options ...ObjectOptions) (*Value[T], error) {
	return made(m, spec{
		caller: "NewValue", name: named("NewValue", options),
		kind: kindValue, shape: shapeOf[T]("NewValue"), size: valueSize[T](m),
		fill: func(words unsafe.Pointer) {
			var fresh Value[T]
			fresh.settle(m, 0, words)
			put(fresh.copies[0], v)
		},
	}, &Value[T]{})
}

// words is how many words hold a T.
func words[T any]() int {
	var v T
	return int(unsafe.Sizeof(v)+7) / 8
}

func valueSize[T any](m *Memory) int { return robust.LockSize(m.segment()) + 8 + 2*8*words[T]() }

func (v *Value[T]) place() (*Memory, uint64) { return v.memory, v.offset }

func (v *Value[T]) open(m *Memory, offset uint64) (any, error) {
	return found(m, offset, kindValue, shapeOf[T]("Value"), valueSize[T](m), v)
}

func (v *Value[T]) settle(m *Memory, offset uint64, at unsafe.Pointer) {
	v.memory, v.offset, v.l = m, offset, robust.LockAt(m.m, at)
	at = unsafe.Add(at, robust.LockSize(m.segment()))
	v.version = (*atomic.Uint64)(at)
	n := words[T]()
	for i := range v.copies {
		v.copies[i] = unsafe.Slice((*atomic.Uint64)(unsafe.Add(at, 8+8*n*i)), n)
	}
}

// put writes v into a copy, word by word.
func put[T any](to []atomic.Uint64, v T) {
	whole, rest := unsafe.Sizeof(v)/8, unsafe.Sizeof(v)%8
	from := unsafe.Slice((*[8]byte)(unsafe.Pointer(&v)), whole)
	for i := range from {
		to[i].Store(*(*uint64)(unsafe.Pointer(&from[i])))
	}
	if rest > 0 {
		var last [8]byte
		copy(last[:], unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))[whole*8:])
		to[whole].Store(*(*uint64)(unsafe.Pointer(&last)))
	}
}

// get reads a copy into v, word by word.
func get[T any](v *T, from []atomic.Uint64) {
	whole, rest := unsafe.Sizeof(*v)/8, unsafe.Sizeof(*v)%8
	for i := range whole {
		*(*uint64)(unsafe.Add(unsafe.Pointer(v), 8*i)) = from[i].Load()
	}
	if rest > 0 {
		last := from[whole].Load()
		copy(unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))[whole*8:], (*[8]byte)(unsafe.Pointer(&last))[:])
	}
}

// Load returns the value. It never waits for a process: it reads again only when the
// value was changed twice meanwhile. Load panics after Close.
func (v *Value[T]) Load() (x T) {
	v.memory.use("Value.Load")
	for {
		version := v.version.Load()
		get(&x, v.copies[version&1])
		if v.version.Load() == version {
			return x
		}
	}
}

// Store sets the value. It blocks while another goroutine changes it with
// [Value.With], and panics after Close.
func (v *Value[T]) Store(x T) {
	if err := v.With(context.Background(), func(p *T) error { *p = x; return nil }); err != nil {
		panic(err)
	}
}

// With calls f with a copy of the value, which takes the value's place if f returns nil.
// If f returns an error or panics, or the process dies, nothing changes. Of several
// calls of With only one runs its f at a time: f must not change the same value.
//
// With blocks until it is its turn, or until ctx ends; then it returns
// context.Cause(ctx). After Close the error matches [ErrClosed].
func (v *Value[T]) With(ctx context.Context, f func(*T) error) error {
	if err := v.memory.usable(); err != nil {
		return err
	}
	died, err := v.l.Lock(ctx)
	switch {
	case err != nil:
		return v.memory.told(err)
	case died: // the copy that it was changing does not count
		v.l.MarkConsistent()
	}
	defer v.l.Unlock()
	version := v.version.Load()
	var x T
	get(&x, v.copies[version&1])
	if err = f(&x); err != nil {
		return err
	}
	if !v.l.Finish(func() {
		put(v.copies[(version+1)&1], x)
		v.version.Store(version + 1)
	}) {
		return v.memory.usable()
	}
	return nil
}
