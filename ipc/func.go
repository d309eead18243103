package ipc

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// FuncOptions say more about a function than its type does. The zero value of each
// field is the careful choice.
type FuncOptions struct {
	// Idempotent says that the function may be started again when the process that ran
	// it has died. Without it such a call fails with a [*ProcessDiedError]: the call
	// may have done half of its work. Files in the argument then stand where they stood
	// before. A call with a pipe or a socket, which cannot go back, is not started again.
	Idempotent bool

	// Attempts is how many processes may die of one call of an idempotent function.
	// Then the call fails with an error matching [ErrPoison]. 0 means 3.
	Attempts int

	// Types holds a value of each concrete type that interface values within In and
	// Out may have. Basic types need no mention.
	Types []any

	// Marshal and Unmarshal replace the codec of this package for In and Out, for
	// types that it cannot encode. json.Marshal and json.Unmarshal fit. Give both or
	// neither, and no Types with them. Many goroutines may call them at once. Marshal
	// gets an In or an Out; the items of a chunk are encoded one by one.
	Marshal func(v any) ([]byte, error)

	// Unmarshal gets what Marshal has returned, which it may keep, and a pointer to an
	// In or an Out.
	Unmarshal func(data []byte, v any) error
}

// A Function is a function that can run in another process. Make it with [Func], call
// it through [Function.On]. It is safe for concurrent use.
type Function[In, Out any] struct {
	name    string
	options FuncOptions
	forms   func() forms[In, Out]
	chunks  sync.Pool // of *chunkMemory[In, Out]
}

// forms are the codecs of a function, and a hash of the forms of both.
type forms[In, Out any] struct {
	in    codec[In]
	out   codec[Out]
	types uint64
}

// formsOf returns the forms of the function with a name. It panics if a type cannot
// travel.
func formsOf[In, Out any](name string, o *FuncOptions) forms[In, Out] {
	in, err := codecFor[In](o)
	if err != nil {
		panic(fmt.Sprintf("ipc: Func %q: the argument: %v%s", name, err, wayOut(err)))
	}
	out, err := codecFor[Out](o)
	if err != nil {
		panic(fmt.Sprintf("ipc: Func %q: the result: %v%s", name, err, wayOut(err)))
	}
	return forms[In, Out]{in, out, bothHashes(in.Hash(), out.Hash())}
}

// Func registers f under a name and returns a handle. Call it in a package-level
// variable: a worker is the same program started again, and must know the function
// before [Main] serves.
//
//	var Square = ipc.Func("square", func(ctx context.Context, n int) (int, error) { return n * n, nil })
//
// For the compiler, a function whose body uses its own handle is an initialization
// cycle. Assign such a variable in an init function.
//
// Arguments and results are copied between processes. They may hold structs with
// exported fields, slices, maps, pointers (the value pointed at is copied), basic
// types, and types with methods MarshalBinary and UnmarshalBinary, GobEncode and
// GobDecode, or MarshalText and UnmarshalText. What is nil arrives nil, and what is
// empty arrives empty.
//
// A value that is reached by two pointers or slices is copied twice, and counts twice
// for [Launch].MaxMessage: the encoding stops there, and when ctx ends. Values may nest
// 10,000 pointers, slices, maps and interfaces deep; a cycle nests deeper and is an
// error.
//
// An *os.File, a [*Handle] or a conn.Connection in them travels as an open descriptor.
// At most 64 travel at once ([ErrManyFiles]). A nil one stays nil, and one that occurs
// twice arrives as two. Files in an argument are duplicated: the caller closes its
// own, the function closes those it gets. Files in a result are closed in the process
// that sent them, and the caller closes those it gets. A closed file is an error
// before anything starts. Duplicates share the file's position. The first 255 bytes of
// names travel. A connection keeps its MaxMessage; one that has received a part of a
// message cannot travel. Functions with Marshal and Unmarshal carry no files.
//
// Func panics, and names the field, if In or Out holds what cannot travel: a chan, a
// func, an unexported field, an interface for which options name no type. Func also
// panics if f is nil, if the name is empty, longer than 255 bytes or taken, if a
// number in options is negative, or if more than one FuncOptions is given.
func Func[In, Out any](name string, f func(context.Context, In) (Out, error), options ...FuncOptions) *Function[In, Out] {
	if f == nil {
		panic(fmt.Sprintf("ipc: Func %q: the function is nil", name))
	}
	o := optional.One("ipc", "Func", options)
	if o.Attempts < 0 {
		panic(fmt.Sprintf("ipc: Func %q: Attempts is %d, want 0 (the default) or more", name, o.Attempts))
	}
	if o.Attempts == 0 {
		o.Attempts = 3
	}
	fn := &Function[In, Out]{name: name, options: o}
	fn.forms = sync.OnceValue(func() forms[In, Out] { return formsOf[In, Out](name, &fn.options) })
	if !isWorker { // which starts sooner if it compiles the codecs of those functions only that it runs
		fn.forms()
	}
	register(name, &registered{
		types: func() uint64 { return fn.forms().types },
		files: func() bool { return fn.forms().out.Files() },
		one: func(ctx context.Context, c Call, t wire.Terms) ([]byte, error) {
			return fn.runOne(ctx, f, c, t)
		},
		chunk: func(ctx context.Context, c Call, t wire.Terms) ([]byte, error) {
			return fn.runChunk(ctx, f, c, t)
		},
	})
	return fn
}

// Name returns the name under which the function is registered.
func (fn *Function[In, Out]) Name() string { return fn.name }

// On returns fn as a plain function whose calls c carries. It fits [par.Map], a go
// statement, and whatever takes a function. ("multiprocessing.Pool.apply")
//
// A call blocks until f has returned in the other process, or that process has ended.
// Concurrent calls are independent and have no order. When ctx ends, the ctx of f ends
// too. If f returns within [Launch].Grace, the call returns what f returned, a value as
// well. If f goes on, its process is killed, and the call returns a [*CallError], which
// wraps context.Cause(ctx) and says whether f had started. It returns the same if f
// returns only the error of its ctx. The deadline of ctx travels with the call, its values
// do not. With a ctx that has ended already nothing starts.
//
// A sentinel that f returns as it is, such as io.EOF or one of [RegisterError], arrives
// as it is. Any other error of f arrives as a [*RemoteError] with its text. It still
// matches what the original matched of context, io, io/fs, syscall.Errno and
// [RegisterError]. Other types do not travel: errors.Is(err, fs.ErrNotExist) holds,
// os.IsNotExist(err) does not. A panic of f in the other process is an error here, a
// *RemoteError that wraps a [*PanicError] with its stack. [runtime.Goexit] there is an
// error matching [ErrGoexit].
// par.Map, futures and groups return both as errors, too. A pool adds
// [*ProcessDiedError], [*TooLargeError], [ErrClosed] and [ErrStart].
//
// A panic of a method that encodes or decodes is such an error, too, if it happened in
// the other process. If it happened in this process, the call panics.
//
// On panics if c is nil.
//
// [par.Map]: https://pkg.go.dev/github.com/fanfold/fanfold/functional/par#Map
func (fn *Function[In, Out]) On(c Carrier) func(context.Context, In) (Out, error) {
	fn.mustBeMade()
	mustCarry(fn.name, "On", c)
	_, own := c.(*Pool) // another carrier may keep what it returns
	return func(ctx context.Context, in In) (out Out, err error) {
		err = fn.carry(ctx, c, false,
			func(data []byte, t wire.Terms) ([]byte, error) { return fn.forms().in.Append(data, in, t) },
			func(data []byte, files *[]*os.File) (err error) {
				if own {
					out, err = fn.forms().out.DecodeOwn(data, files)
				} else {
					out, err = fn.forms().out.Decode(data, files)
				}
				return err
			})
		return out, err
	}
}

// OnChunks returns fn as a function of many arguments that travel together, for
// par.MapChunks: cheap functions share the cost of the way. One process works on the
// arguments of a chunk one after another. Results are in the order of the arguments.
// The first failure ends the chunk. Its error is an [*IndexError], which says which
// argument failed, by its position in the chunk; par.MapChunks makes the position in all
// arguments of it. An error that is not of one argument comes without, such as
// [*ProcessDiedError] and [*CallError]. Everything else is as in [Function.On].
func (fn *Function[In, Out]) OnChunks(c Carrier) func(context.Context, []In) ([]Out, error) {
	fn.mustBeMade()
	mustCarry(fn.name, "OnChunks", c)
	return func(ctx context.Context, in []In) (out []Out, err error) {
		err = fn.carry(ctx, c, true,
			func(data []byte, t wire.Terms) ([]byte, error) { return fn.forms().in.AppendSlice(data, in, t) },
			func(data []byte, files *[]*os.File) (err error) {
				out, err = fn.forms().out.DecodeSlice(nil, data, files)
				return err
			})
		if at, ok := err.(*IndexError); ok && at.Index >= len(in) { // the process need not be trusted
			err = at.Err
		}
		return out, err
	}
}

// Bind returns a call of fn with in that something else makes later: each worker of a
// pool for example, see [PoolOptions].Initializer. Bind encodes the argument and
// duplicates its files. It panics if a value in it cannot travel, or takes more than
// 1 GiB.
func (fn *Function[In, Out]) Bind(in In) Call {
	fn.mustBeMade()
	call, err := fn.pack(wire.Terms{Limit: maxBound}, nil, false, func(data []byte, t wire.Terms) ([]byte, error) { return fn.forms().in.Append(data, in, t) })
	if err != nil {
		panic(fmt.Sprintf("ipc: %s.Bind: the argument cannot travel: %v%s", fn.name, err, wayOut(err)))
	}
	return call
}

// mustBeMade panics for the zero value.
func (fn *Function[In, Out]) mustBeMade() {
	if fn.name == "" {
		panic("ipc: Function not made by Func or RunnerOf")
	}
}

// maxBound bounds the argument of a [Function.Bind], which no pool has seen.
const maxBound = 1 << 30

// pack returns a call of fn whose argument encode appends to data, on terms.
func (fn *Function[In, Out]) pack(t wire.Terms, data []byte, chunk bool, encode func([]byte, wire.Terms) ([]byte, error)) (Call, error) {
	c := Call{
		Func: fn.name, Chunk: chunk, Types: fn.forms().types, ReturnsFiles: fn.forms().out.Files(),
		Idempotent: fn.options.Idempotent, Attempts: fn.options.Attempts,
	}
	if fn.forms().in.Files() {
		t.Files = new([]*os.File)
	}
	var err error
	c.In, err = encode(data, t)
	if large, ok := err.(*TooLargeError); ok {
		large.Func, large.What = fn.name, "argument"
		return c, large
	}
	switch {
	case err != nil || t.Files == nil:
	case t.Shared != nil && *t.Shared > 0 && *t.Shared == len(*t.Files):
		c.Files, c.shared = *t.Files, true
	default:
		c.Files, err = fds.DuplicateAll(*t.Files)
	}
	return c, err
}

// carry encodes, has c carry, and decodes. The argument is encoded before c
// looks for a worker, so that one that cannot be costs nobody anything.
func (fn *Function[In, Out]) carry(ctx context.Context, c Carrier, chunk bool, encode func([]byte, wire.Terms) ([]byte, error), decode func([]byte, *[]*os.File) error) error {
	if ctx.Err() != nil {
		return &CallError{Func: fn.name, Err: context.Cause(ctx)}
	}
	buf := buffers.Get().(*[]byte)
	call, err := fn.pack(wire.Terms{Ctx: ctx, Limit: limitOf(c), Shared: new(int)}, (*buf)[:0], chunk, encode)
	if err != nil {
		buffers.Put(buf)
		return fn.untraveled(ctx, err)
	}
	reply, err := carryOn(ctx, c, call)
	recycle(buf, call.In)
	if err != nil {
		return err
	}
	_, err = unpack(reply.Files, func(files *[]*os.File) (struct{}, error) { return struct{}{}, decode(reply.Out, files) })
	if err != nil {
		return fmt.Errorf("ipc: %s: the result cannot be read: %w", fn.name, err)
	}
	return nil
}

// untraveled returns the error of a call whose argument was not encoded.
func (fn *Function[In, Out]) untraveled(ctx context.Context, err error) error {
	if _, large := err.(*TooLargeError); large {
		return err
	}
	if ctx.Err() != nil && chain.Is(err, context.Cause(ctx)) {
		return &CallError{Func: fn.name, Err: context.Cause(ctx)}
	}
	return cannotTravel(fn.name, "argument", err)
}

// carryOn has c carry, and closes the files of the call, even if c panics.
func carryOn(ctx context.Context, c Carrier, call Call) (Reply, error) {
	if !call.shared {
		defer fds.CloseAll(call.Files)
	}
	return c.Carry(ctx, call)
}
