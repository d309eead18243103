package ipc

import (
	"context"
	"fmt"
	"os"
	"sync"
)

// A Carrier takes calls to where they run: a [Pool] of processes, a cluster of
// machines. It is the one interface between the rooms of this library; users
// meet it only as the argument of [Function.On].
type Carrier interface {
	// Carry has the call run somewhere, once, or as often as its fields allow,
	// and returns the encoded result, which is the caller's from then on. It
	// does not keep call.In after it returned. It returns early only when
	// whatever ran the call has ended: then with context.Cause(ctx) if it was
	// ctx that ended it.
	Carry(ctx context.Context, call Call) (out []byte, err error)
}

// A Call is one call of a registered function with the types forgotten.
type Call struct {
	// Func is the name the function is registered under.
	Func string

	// Chunk says that In is a slice of arguments and the result a slice of
	// results.
	Chunk bool

	// In is the encoded argument.
	In []byte

	// Files are the open files within the argument, where the call is run the
	// function's own. The carrier duplicates them for each attempt, or fails with
	// [ErrFilesUnsupported]. They are closed by whoever made the call.
	Files []*os.File

	// Returned, if it is not nil, takes the files within the result, which are the
	// caller's. A carrier that cannot bring any fails with [ErrFilesUnsupported].
	Returned *[]*os.File

	// Idempotent is the function's, from [FuncOptions].
	Idempotent bool

	// Attempts is the function's too: 1 or more if it is idempotent.
	Attempts int
}

func mustCarry(name, method string, c Carrier) {
	if c == nil {
		panic(fmt.Sprintf("ipc: %s.%s: the carrier is nil", name, method))
	}
}

// buffers holds argument buffers between calls. Large ones are left to the
// collector: one 100 MB argument must not stay for the life of the program.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const (
	// keepBuffer bounds what one process keeps for the next message: 64 KiB, which
	// people are fond of, and what stands around them.
	keepBuffer = 80 << 10

	// keepShared bounds what callers keep for each other. The collector drops what
	// nobody has used for a while.
	keepShared = 4 << 20
)

func recycle(buf *[]byte, data []byte) {
	if cap(data) <= keepShared {
		*buf = data
	}
	buffers.Put(buf)
}
