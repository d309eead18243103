package ws

import (
	"math/bits"
	"sync"
)

// bufferSize is how much is read and written at once, if it is not a large message.
const bufferSize = 16 << 10

// A buffer is in use while something of a frame is in it.
type buffer [bufferSize]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// Large messages lie in memory of these sizes: 16 KiB, four times that, and so on. What
// was used is kept for other messages until the garbage collector takes it.
const classes = 8 // the largest is 256 MiB

var larges [classes]sync.Pool

func classSize(class int) int { return bufferSize << (2 * class) }

// classOf returns the smallest class of n bytes, or classes if there is none.
func classOf(n int) int {
	if n <= bufferSize {
		return 0
	}
	return min((bits.Len(uint((n-1)/bufferSize))+1)/2, classes)
}

// grow returns memory with the content of b and room for more. want is how much may be
// needed in all, which is only a claim: memory that was used before may be so large, new
// memory is at most four times what has come, but 16 KiB at least.
func grow(b []byte, want int) []byte {
	least := classOf(max(cap(b), len(b)) + 1)
	var grown []byte
	for class := min(classOf(want), classes-1); class >= least; class-- {
		if p, ok := larges[class].Get().(*[]byte); ok {
			grown = (*p)[:0]
			break
		}
	}
	switch {
	case grown != nil:
	case least < classes:
		grown = make([]byte, 0, classSize(least))
	default:
		grown = make([]byte, 0, 2*cap(b))
	}
	grown = append(grown, b...)
	recycle(b)
	return grown
}

// recycle makes memory that grow has returned available for other messages.
func recycle(b []byte) {
	if class := classOf(cap(b)); class < classes && cap(b) == classSize(class) {
		kept := b[:0]
		larges[class].Put(&kept)
	}
}
