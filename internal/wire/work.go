package wire

import (
	"context"
	"math"
	"os"
	"sync"
)

// Terms are what an encoding has to keep to. The zero value is none.
type Terms struct {
	// Ctx ends the encoding, with its cause. nil means never.
	Ctx context.Context

	// Limit bounds what is encoded, in bytes; 0 means no bound.
	Limit int

	// Files is where what travels beside the bytes is added; nil says that nothing can.
	Files *[]*os.File

	// Shared, if it is not nil, is where the files are counted that [Beside].Shared is
	// for: a receiver may have them already.
	Shared *int
}

// A work is one encoding or decoding under way.
type work struct {
	files *[]*os.File // what travels beside the bytes; nil if nothing can

	// Of an encoding.
	shared *int // see Terms
	ctx    context.Context
	end    int // so long dst may become
	steps  int // until the ctx is looked at again

	// owed is how many bytes of src belong to elements and fields that are still to be
	// decoded: what lies before them cannot claim these. So each value has bytes of its
	// own, however deep lengths lie in each other, and memory grows with those.
	owed int
}

// works are used again: coders are called through an interface, which makes what they
// are shown escape.
var works = sync.Pool{New: func() any { return new(work) }}

// free gives up a work that is done.
func (w *work) free() {
	*w = work{}
	works.Put(w)
}

// encoding returns the work of an encoding that begins behind so many bytes.
func (t *Terms) encoding(begin int) *work {
	w := works.Get().(*work)
	w.files, w.shared, w.ctx, w.end, w.steps = t.Files, t.Shared, t.Ctx, math.MaxInt, lookAfter
	if t.Limit > 0 && t.Limit < math.MaxInt-begin {
		w.end = begin + t.Limit
	}
	return w
}

// decoding returns the work of a decoding.
func decoding(files *[]*os.File) *work {
	w := works.Get().(*work)
	w.files = files
	return w
}

// lookAfter is how many values are encoded between two looks at ctx: some 100 µs.
const lookAfter = 1 << 12

// room is asked before n bytes are added to dst, and the fault is that the value becomes
// too large, or that ctx has ended.
func (w *work) room(dst []byte, n int) *fault {
	if n > w.end-len(dst) {
		return &fault{size: len(dst) + n}
	}
	if w.steps--; w.steps < 0 {
		w.steps = lookAfter
		if w.ctx != nil && w.ctx.Err() != nil {
			return &fault{ended: context.Cause(w.ctx)}
		}
	}
	return nil
}
