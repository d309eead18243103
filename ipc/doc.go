// Package ipc runs functions in other processes. They can be killed, they may
// crash, and they share nothing with the caller.
//
// # A function is the only interface
//
// [Func] gives a function a name, so that it can run in another process.
// [Function.On] turns it back into a plain function, whose calls a [Carrier]
// carries: a [Pool] of worker processes, for example.
//
//	var Square = ipc.Func("square", func(ctx context.Context, n int) (int, error) { return n * n, nil })
//
//	func main() {
//		ipc.Main() // first: a worker is this program, started again
//		ctx := context.Background()
//		pool, err := ipc.NewPool(ctx)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer pool.Close()
//		squares, err := par.Map(ctx, []int{1, 2, 3}, Square.On(pool))
//		…
//	}
//
// Nothing else needs to know where the work is done. The pool has no Map and no
// Apply: map is par.Map, imap is par.MapSeq, apply is the call. par.Options.Workers
// is the width of such a Map; give it at least as many as the pool has workers.
//
// # What a process gives you that a goroutine does not
//
// The end of a call's ctx ends the call. First the function's own ctx ends. If the
// function goes on, its worker is killed after [Launch].Grace, whatever it does: an
// endless loop, cgo, a system call. Another worker takes its place.
//
// A worker that crashes, exits or is killed costs the one call that it was running.
// The call fails with a [*ProcessDiedError], which says how the process ended and
// holds its last words. Calls that had not started go to another worker. Started calls
// of functions that are [FuncOptions].Idempotent go to another worker, too, but only a
// few times: see [ErrPoison].
//
// Workers can be set up once ([PoolOptions].Initializer) and be held to [Limits].
// Spares can stand ready for them. They can leave after a number of calls or when
// they are idle, be replaced while calls go on ([Pool.Replace]), and run another
// program ([PoolOptions].Exec).
//
// # How many workers
//
// A worker runs one call at a time, and a call that finds no free worker waits in line.
// The line has no bound other than the number of callers. [PoolStats].Waiting is its
// length.
//
// GOMAXPROCS workers, the default, fit functions that compute. Functions that wait for a
// network or a disk need more: the calls per second, times the seconds that one takes.
// An idle worker takes some 4 MiB of memory, and what the program allocates before [Main].
//
// A pool whose workers all hang serves nothing: quick calls wait until the ctx of a call
// that hangs ends, and its worker is killed and replaced. So give each call of a function
// that may hang a deadline, and give such functions a pool of their own. Calls in another
// pool do not wait behind them. [PoolOptions].Spare shortens the replacement by the time
// of a start, some 5 ms; it adds no worker to a pool that is full.
//
// # Observing a pool
//
// [Pool.Stats] counts what a pool has done. [Pool.Workers] tells what each worker is
// running, since when, and its memory and processor time. [PoolOptions].Logger gets a
// record when a worker starts and when it ends. [Pool.Profile] takes a profile of a
// worker while it runs a call, even a call that never returns.
//
// In a worker, the goroutine that runs a call has the profiler label ipc.func with the
// name of the function; the goroutines that it starts inherit the label. In an execution
// trace each call is a region of that name.
//
// # What travels
//
// Arguments and results are copied. If a type cannot be copied whole, because it
// holds a chan or an unexported field, [Func] panics when the program starts, not when
// the call is made. [FuncOptions].Marshal and Unmarshal replace the codec, by
// encoding/json for example.
//
// The deadline of ctx and its end travel; its values do not. Errors travel as their
// text and keep their meaning for errors.Is. A panic becomes an error that has its
// stack. Variables do not travel: each worker initializes its own.
//
// Open files, connections (package conn) and [Handle] values arrive as such, wherever
// they lie in an argument or a result: see [Func]. On Linux large arguments and results
// travel in sealed memory instead of a pipe.
//
// # Processes
//
// A [Process] runs a function once, in a process of its own. It has standard streams, a
// working directory, inherited files and [Limits] of its own, and takes signals. A type
// with a method Run becomes one by [RunnerOf]. A [Handle] lets processes other than the
// parent watch a process and signal it.
//
// # What is left behind
//
// Nothing. Workers end with [Pool.Shutdown] or [Pool.Close], a [Process] ends with its
// function. Both end when the process that started them ends, in whatever way: on Linux
// the kernel kills them, elsewhere they notice that their control socket has ended.
//
// They lead process groups of their own. So Ctrl-C reaches the program and not its
// workers, and what a worker has started is killed with its group, except what has left
// the group, by setsid for example. Nothing that they use has a name in the file system.
//
// # Portability
//
// Pools and processes work on every Unix. On Linux small calls go through memory that a
// pool shares with each worker. Elsewhere, and with [PoolOptions].NoSharedMemory, they go
// through pipes. On Windows, js and wasip1 NewPool and Start return an error matching
// [errors.ErrUnsupported]. The package does not compile for Plan 9, which has no
// syscall.Signal.
//
// On Linux this package needs /proc, which bare containers and chroots may lack. A worker
// is started as /proc/self/exe, which is this program even after its file was replaced.
// Without /proc a [Process] does not start, and a pool starts if [PoolOptions].Exec names
// the program. [Pool.Workers] then reports no memory and no processor time, and a [Handle]
// that arrives from another process is not checked to be one.
package ipc
