// Package concurrent extends package sync for goroutines that share memory. It has
// locks, conditions and barriers whose waiting can be canceled, queues that can be
// joined and shut down, futures, pools and tasks.
//
// # Waiting
//
// Functions that block take a context first. There are no timeout parameters: a
// deadline belongs to the context. The rules are the same everywhere:
//
//   - When the context is done on entry, the call takes nothing and returns the cause
//     (context.Cause), even if it would not have to wait. At a [Barrier], such a call
//     also breaks the barrier, because the others would wait for it forever.
//   - When success and the end of the context coincide, success wins. No permit, item
//     or wake-up is lost or taken twice.
//   - Methods whose names begin with Try never block.
//   - Lock and Unlock, RLock and RUnlock take no context, so that a [Lock] is a
//     sync.Locker. [WaitGroup.Wait] takes none, so that a WaitGroup can replace a
//     sync.WaitGroup. Each of them has a variant with a context.
//
// All waiting is durable in the sense of [testing/synctest], even for a lock that is
// held over a sleep. [Sleep] waits for time only.
//
// # Locks
//
// [Lock], [RWLock] and [Condition] replace sync.Mutex, sync.RWMutex and sync.Cond.
// An [RLock] can be taken again by its owner, which is a value ([RLock.Owner]) or a
// context ([RLock.Do]). Locks belong to no goroutine: any goroutine may unlock them.
// Tests that run with -tags lockdebug report what can deadlock ([DebugLocks]).
//
// # Meeting points
//
// [Event] and [WaitGroup] release all waiting goroutines at once. [Semaphore] and
// [BoundedSemaphore] serve goroutines in the order in which they came. A [Barrier] lets
// its parties wait for each other. A [Timer] calls a function later, once or repeatedly.
//
// # Queues
//
// A [Queue] gives its oldest item first ([NewQueue]), its newest ([NewLifoQueue]) or
// its lowest ([NewPriorityQueue]). It is bounded unless its size is -1. [FromChan],
// [ToChan], [Queue.All] and [Queue.PutSeq] connect channels, sequences and queues.
//
// # Futures and pools
//
// [Go], [Submit] and [SubmitFunc] return a [Future], and its Result waits for the value. A [Promise]
// is the producer's side of a future. [Wait], [AsCompleted] and [Then] combine several
// futures. A [Pool] limits how many tasks run at once, and [On] makes a function whose
// calls run in it. A panic is raised in the caller of Result, as a *[PanicError]. An error
// that the function returns is never raised, also when it is a *PanicError. An unobserved failure goes to the function set by [SetFailureHook].
//
// # Tasks
//
// [Group] runs tasks that end together, and [Spawn] gives one of them a [Future]. A
// [Task] is started later and joined. [Gather], [Await] and [Staggered] return when all
// functions that they started or canceled have returned. [Shield] protects a future from
// that. [Retry] tries again, a [Scope] calls releases in reverse order, and [Generate]
// makes a sequence with a producer of its own. An error that only reports the end of a
// context is never returned beside the error that ended it.
//
// # The end
//
// [Pool.Shutdown] completes the tasks that the pool has taken, and [Pool.Close] cancels
// them. [Queue.Shutdown] leaves the items in the queue or drops them. Afterwards calls
// return an error matching [ErrClosed].
//
// # Statistics
//
// [Lock], [RLock], [Queue] and [Pool] have a Stats method. Its result prints with names,
// and has JSON names:
//
//	expvar.Publish("jobs", expvar.Func(func() any { return queue.Stats() }))
//
// # Misuse
//
// Misuse panics with a text that begins with "concurrent:". Examples are the unlock of an
// unlocked lock, too many calls of TaskDone, a negative size, a nil function, and a Queue
// or Timer that no constructor made. Errors of a correct program are returned:
// [ErrClosed], [ErrFull], [ErrEmpty], [ErrBroken].
package concurrent
