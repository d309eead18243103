// Package ipc runs functions in other processes, which can be killed, may
// crash, and share nothing with the caller.
//
// # A function is the only interface
//
// Give a function a name, and [Func] makes it one that can travel. [Function.On]
// turns it back into a plain function that a [Carrier], such as a [Pool] of
// worker processes, carries out:
//
//	var Square = ipc.Func("square", func(ctx context.Context, n int) (int, error) { return n * n, nil })
//
//	func main() {
//		ipc.Main() // first: a worker is this very program, started again
//		pool, err := ipc.NewPool(ctx)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer pool.Close()
//		squares, err := par.Map(context.Background(), []int{1, 2, 3}, Square.On(pool))
//		…
//	}
//
// Nothing else needs to know where the work is done: the pool has no Map, Imap
// or Apply of its own. Map is par.Map, imap is par.MapSeq.
// The width of such a call is par.Options.Workers; give it at least as many
// as the pool has workers.
//
// # What a process gives you that a goroutine does not
//
// A call whose ctx ends is over: the function's own ctx ends first, and if the
// function does not heed that within [PoolOptions].Grace, its worker is killed
// with SIGKILL, endless loop, cgo or not, and replaced. A worker that crashes,
// exits or is killed by the system costs the one call it was running, which
// fails with a [*ProcessDiedError] that tells how it ended, what it said last and
// how it crashed. Calls that had not started go to another worker unnoticed; so
// do started calls of functions that are [FuncOptions].Idempotent, but not
// forever: see [ErrPoison].
//
// Workers can be set up once ([PoolOptions].Initializer), held to [Limits], have spares
// that stand ready for them ([PoolOptions].Spare), be let go after so many calls or when
// idle, replaced while calls go on ([Pool.Replace]), and
// be another program ([PoolOptions].Exec).
//
// # Seeing into a pool
//
// [Pool.Stats] counts what a pool has done, [Pool.Workers] tells of each worker what it
// is running, since when, and what it has of the machine's memory and processors.
// [PoolOptions].Logger is told when workers start and how they end.
// [Pool.Profile] takes a profile of a worker while it runs a call, even one that never
// returns: of the processor, the heap, the goroutines, or an execution trace.
//
// In a worker, the goroutine that runs a call has the profiler's label ipc.func, which
// is the function's name, as have the goroutines that it starts; an execution trace has
// each call that begins meanwhile as a region of that name.
//
// # What travels
//
// Arguments and results are copied. What cannot be copied whole, a chan or an
// unexported field, makes [Func] panic when the program starts, not when the
// call is made; [FuncOptions].Marshal and Unmarshal put another codec, such as
// encoding/json, in place of that of this package. The deadline of ctx travels and its
// end does; its values do not. Errors travel as their text and keep their meaning for
// errors.Is, panics keep their stack. Variables do not travel: each worker initializes
// its own.
//
// Open files, [Connection] and [Handle] values, wherever they lie in an argument or a
// result, arrive as such: see [Func]. Large arguments and results travel, on Linux, in
// sealed memory instead of a pipe.
//
// # Processes
//
// A [Process] runs a function once, in a process of its own: with standard input and
// output, a working directory, files that it is handed, [Limits] to what it may use
// of the machine, and signals. A type with a Run method makes one by [RunnerOf].
//
// A [Handle] is a process that can be watched and signalled by others than its parent.
//
// # Connections
//
// [Pipe] makes two connections that are each other's ends, [Listen] and [Dial] one
// between processes that are no relatives. They carry Go values ([Send], [Recv]),
// bytes and open files, and speak with Python's multiprocessing.connection. [Wait]
// waits for several of them.
//
// # What is left behind
//
// Nothing. Workers end with [Pool.Shutdown] or [Pool.Close], a [Process] ends with
// its function, and both end with the process that started them, however that ends: on
// Linux the kernel sees to it, elsewhere they notice that their control socket has ended.
// They sit in process groups of their own, so that a Ctrl-C reaches the program and not
// them, and what they started themselves is killed with their group, unless it has left
// that, by setsid for example. Nothing is used that has a name, but for the path of a
// [Listener].
//
// # Portability
//
// Pools, processes and connections work on every Unix; on Linux small calls go
// through memory that a pool shares with each of its workers, elsewhere, or if
// [PoolOptions].NoSharedMemory says so, through pipes.
// On other systems what makes them returns an error that errors.Is finds
// errors.ErrUnsupported in.
package ipc
