package frame

import (
	"sync"
	"unsafe"
)

// pools are the pools of buffers, by size.
var pools sync.Map // int to *sync.Pool

// A pool has the buffers of one size that no connection uses.
type pool struct {
	size int
	free *sync.Pool
}

// poolOf returns the pool of buffers of a size.
func poolOf(size int) pool {
	p, ok := pools.Load(size)
	if !ok {
		p, _ = pools.LoadOrStore(size, &sync.Pool{})
	}
	return pool{size, p.(*sync.Pool)}
}

func (p pool) get() []byte {
	if first, ok := p.free.Get().(*byte); ok {
		return unsafe.Slice(first, p.size)
	}
	return make([]byte, p.size)
}

// put takes a buffer back. One that has grown is left to the garbage collector.
func (p pool) put(b []byte) {
	if cap(b) == p.size {
		p.free.Put(unsafe.SliceData(b)) // the pointer alone: a slice would be allocated for the interface
	}
}
