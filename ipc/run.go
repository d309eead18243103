package ipc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"unsafe"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// runOne is what the process does that runs the function: decode, call f, encode.
func (fn *Function[In, Out]) runOne(ctx context.Context, f func(context.Context, In) (Out, error), c Call, t wire.Terms) ([]byte, error) {
	in, err := unpack(c.Files, func(files *[]*os.File) (In, error) { return fn.forms().in.Decode(c.In, files) })
	if err != nil {
		if errors.Is(err, wire.ErrAbsent) {
			return nil, errAbsent
		}
		return nil, fmt.Errorf("ipc: %s: the argument cannot be read: %w", fn.name, err)
	}
	out, err := f(ctx, in)
	if err != nil {
		return nil, err
	}
	data, err := fn.forms().out.Append(c.room, out, t)
	if err != nil {
		return nil, fn.unreturned("result", err)
	}
	return data, nil
}

// unreturned returns the error of a function whose result was not encoded.
func (fn *Function[In, Out]) unreturned(what string, err error) error {
	if large, ok := err.(*TooLargeError); ok {
		return remote.ResultTooLarge{Size: large.Size, Partial: large.Partial}
	}
	return cannotTravel(fn.name, what, err)
}

func (fn *Function[In, Out]) runChunk(ctx context.Context, f func(context.Context, In) (Out, error), c Call, t wire.Terms) ([]byte, error) {
	memory, ok := fn.chunks.Get().(*chunkMemory[In, Out])
	if !ok {
		memory = new(chunkMemory[In, Out])
	}
	in, err := unpack(c.Files, func(files *[]*os.File) ([]In, error) { return fn.forms().in.DecodeSlice(memory.in, c.In, files) })
	if err != nil {
		if errors.Is(err, wire.ErrAbsent) {
			return nil, errAbsent
		}
		return nil, fmt.Errorf("ipc: %s: the arguments cannot be read: %w", fn.name, err)
	}
	out := memory.out
	if out == nil || len(in) > cap(out) {
		out = make([]Out, len(in))
	}
	out = out[:len(in)]
	for i, a := range in {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		*c.at = i
		if out[i], err = f(ctx, a); err != nil {
			return nil, err
		}
		*c.at = -1
	}
	data, err := fn.forms().out.AppendSlice(c.room, out, t)
	if err != nil {
		return nil, fn.unreturned("results", err)
	}
	if fn.forms().in.Plain() && fn.forms().out.Plain() {
		memory.in, memory.out = kept(in), kept(out)
		fn.chunks.Put(memory)
	}
	return data, nil
}

// A chunkMemory holds the arguments and results of a chunk that is over, for the next
// one. The function saw copies of them, and nobody where they lie.
type chunkMemory[In, Out any] struct {
	in  []In
	out []Out
}

// kept returns the memory of a slice that is to be used again, unless it is large.
func kept[T any](s []T) []T {
	if uintptr(cap(s))*unsafe.Sizeof(*new(T)) > keepBuffer {
		return nil
	}
	return s
}

// errAbsent is the error of a call whose argument belongs to a memory that is not here.
var errAbsent = fmt.Errorf("ipc: the argument cannot be read: %w", wire.ErrAbsent)

// A registered function with its types forgotten.
type registered struct {
	types func() uint64
	files func() bool // whether its results may have files

	// They return the result, and its files, if it may have any, in t.Files: those that
	// are there even after a panic. A result beyond t.Limit is a remote.ResultTooLarge.
	one, chunk func(ctx context.Context, c Call, t wire.Terms) ([]byte, error)
}

// bothHashes returns one hash of two, by a step of FNV-1a, and never 0.
func bothHashes(in, out uint64) uint64 {
	const prime = 1099511628211
	return max((in*prime)^out, 1)
}

var registry struct {
	sync.RWMutex
	byName map[string]*registered
}

func register(name string, r *registered) {
	if name == "" || len(name) > link.MaxName {
		panic(fmt.Sprintf("ipc: Func %q: the name has %d bytes, want 1 to %d", name, len(name), link.MaxName))
	}
	registry.Lock()
	defer registry.Unlock()
	if registry.byName[name] != nil {
		panic(fmt.Sprintf("ipc: Func %q: the name is taken", name))
	}
	if registry.byName == nil {
		registry.byName = map[string]*registered{}
	}
	registry.byName[name] = r
}

func registeredNames() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.byName))
}
