package ipc

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// A Carrier takes calls to where they run: a [Pool] of processes, a cluster of
// machines. It is the one interface between the packages of this module. Users meet it
// as the argument of [Function.On].
//
// Arguments for a carrier may take 256 MiB, or what its method MaxMessage() int returns
// if it has one.
type Carrier interface {
	// Carry runs the call somewhere: once, or as often as its fields allow. It blocks
	// until there is a reply, which belongs to the caller. When ctx ends before, Carry
	// returns an error that wraps context.Cause(ctx), such as a [*CallError], after the process that ran the call has stopped
	// running it. Carry does not keep call.In after it has returned.
	Carry(ctx context.Context, call Call) (Reply, error)
}

// A Call is one call of a registered function, with the types forgotten.
type Call struct {
	// Func is the name under which the function is registered.
	Func string

	// Chunk says that In is a slice of arguments and the result a slice of results.
	Chunk bool

	// In is the encoded argument.
	In []byte

	// Types is a hash of the forms that the argument and the result have in bytes. A
	// process whose function of that name has another hash answers with an error
	// matching [ErrTypes]. 0 is not compared.
	Types uint64

	// Files are the open files within the argument. A carrier gives the function
	// duplicates of them in each attempt, or fails with [ErrFilesUnsupported]. The
	// caller of Carry closes its own.
	Files []*os.File

	// shared says that all files are those of memories, which close them themselves, and
	// which a worker that has them need not get again, unless whole is set.
	shared, whole bool

	// ReturnsFiles says that the result may hold open files: see [Reply]. A carrier
	// that cannot bring any fails with [ErrFilesUnsupported].
	ReturnsFiles bool

	// Idempotent is that of the function's [FuncOptions].
	Idempotent bool

	// Attempts is that of the function's [FuncOptions]; at least 1 if it is
	// idempotent.
	Attempts int

	// at is where the index of the argument goes that the function of a chunk runs with,
	// and −1 when it runs with none.
	at *int

	// room is memory for the encoded result.
	room []byte
}

// A Reply is the outcome of a call that has succeeded, with the types forgotten.
type Reply struct {
	// Out is the encoded result.
	Out []byte

	// Files are the open files within the result, which the receiver closes. A call
	// without ReturnsFiles has none.
	Files []*os.File
}

// limitOf returns how many bytes an argument for c may take.
func limitOf(c Carrier) int {
	if c, ok := c.(interface{ MaxMessage() int }); ok {
		return c.MaxMessage()
	}
	return defaultMaxMessage
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
	keepShared = 17 << 20
)

func recycle(buf *[]byte, data []byte) {
	if cap(data) <= keepShared {
		*buf = data
	}
	buffers.Put(buf)
}

// Run runs the call in this process, as the far end of a [Carrier] does. It blocks
// until the function returns. A result may take 256 MiB. A panic of the function is
// returned as a [*RemoteError] that wraps a [*PanicError]; [runtime.Goexit] ends the
// calling goroutine. What one argument of a chunk fails with is in an [*IndexError]. The
// function gets duplicates of c.Files.
func (c Call) Run(ctx context.Context) (reply Reply, err error) {
	if c.Files, err = fds.DuplicateAll(c.Files); err != nil {
		return reply, fmt.Errorf("ipc: %s: the files cannot be handed over: %w", c.Func, err)
	}
	at := -1
	c.at = &at
	reply, _, err = c.run(ctx, defaultMaxMessage)
	if large, ok := err.(remote.ResultTooLarge); ok {
		err = &TooLargeError{Func: c.Func, What: "result", Size: large.Size, Limit: defaultMaxMessage, Partial: large.Partial}
	} else if err != nil && at >= 0 {
		err = &IndexError{Index: at, Err: err}
	}
	return reply, err
}

// run is Run that gives the function c.Files themselves, or closes them. It reports
// whether the function panicked. A result of more bytes than limit is a
// remote.ResultTooLarge.
func (c Call) run(ctx context.Context, limit int) (reply Reply, panicked bool, err error) {
	registry.RLock()
	r := registry.byName[c.Func]
	registry.RUnlock()
	if r == nil {
		fds.CloseAll(c.Files)
		return reply, false, fmt.Errorf("%w: %q is not registered here, only %q are: is its Func in a package-level variable?", ErrNoFunc, c.Func, registeredNames())
	}
	if c.Types != 0 && c.Types != r.types() {
		fds.CloseAll(c.Files)
		return reply, false, fmt.Errorf("%w: %q has %#016x here and %#016x in the caller", ErrTypes, c.Func, r.types(), c.Types)
	}
	run := r.one
	if c.Chunk {
		run = r.chunk
	}
	// A call without files allocates nothing for them. The end of ctx is no reason to drop
	// a result that is there: a worker that takes too long to encode it is killed.
	t := wire.Terms{Limit: limit}
	if c.ReturnsFiles && r.files() {
		t.Files = new([]*os.File)
	}
	if caught := panics.Try(func() { reply.Out, err = run(ctx, c, t) }, nil); caught != nil {
		panicked, err = true, remote.Panicked(c.Func, caught.Panic())
	}
	if t.Files != nil {
		reply.Files = *t.Files
	}
	if err != nil {
		fds.CloseAll(reply.Files)
		return Reply{}, panicked, err
	}
	return reply, false, nil
}
