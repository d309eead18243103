// Package concurrent gives goroutines that share memory what package sync leaves
// out: locks, conditions and barriers whose waiting can be canceled, queues that
// can be waited for and shut down, futures, pools and tasks.
//
// # Waiting
//
// What blocks takes a context first, and there are no timeout parameters: a
// deadline is a property of the context. The rules are the same everywhere:
//
//   - A context that is done on entry takes nothing, and its cause is returned
//     (context.Cause), also where nothing would have had to be waited for. A party
//     that comes to a [Barrier] with such a context breaks it: the others would wait
//     for it in vain.
//   - Where success and the end of the context race, success wins. No permit, item
//     or wake-up is lost or taken twice.
//   - Methods whose names begin with Try never block.
//   - Lock and Unlock, RLock and RUnlock take no context, so that a [Lock] is a
//     sync.Locker, nor does [WaitGroup.Wait], so that it can take the place of a
//     sync.WaitGroup's. Each has a sibling that takes one.
//
// All waiting is durable in the sense of [testing/synctest], also for a lock that
// is held over a sleep. [Sleep] is waiting for nothing but time.
//
// # Locks
//
// [Lock] is a sync.Mutex, [RWLock] a sync.RWMutex and [Condition] a sync.Cond whose
// waiting can be canceled. [RLock] can be taken again by its owner, a handle
// ([RLock.Owner]) or a context ([RLock.Do]). Locks belong to no goroutine: any may
// unlock. Tests run with -tags lockdebug report what can deadlock ([DebugLocks]).
//
// # Meeting points
//
// [Event] and [WaitGroup] release everyone at once; [Semaphore] and
// [BoundedSemaphore] serve in order of arrival; a [Barrier] lets its parties wait
// for each other. A [Timer] calls a function later, once or every so often.
//
// # Queues
//
// A [Queue] gives its oldest item first ([NewQueue]), its newest ([NewLifoQueue]) or
// its lowest ([NewPriorityQueue]), and is bounded unless -1 was typed. [FromChan],
// [ToChan], [Queue.All] and [Queue.PutSeq] join channels, sequences and queues.
//
// # Futures and pools
//
// [Go] and [Submit] return a [Future], whose Result waits; a [Promise] is its
// producer's side. [Wait], [AsCompleted] and [Then] combine several. A [Pool]
// bounds how many run at once, and [On] makes a plain function of it. A panic is
// raised in whoever asks for the result, as a *[PanicError]; a failure nobody looked
// at is given to the hook of [SetFailureHook].
//
// # Tasks
//
// [Group] runs tasks that end together, [Spawn] gives one of them a [Future], and a
// [Task] is started later and joined. [Gather], [Await] and [Staggered]
// return when what they started or canceled has really ended; [Shield] exempts work
// from that. [Retry] tries again, a [Scope] releases in reverse order, [Generate] is a
// sequence with a producer of its own. A failure that says only that a context ended
// is never reported beside the one that ended it.
//
// # Statistics
//
// [Lock], [RLock], [Queue] and [Pool] have a Stats method, whose
// result has names for JSON:
//
//	expvar.Publish("jobs", expvar.Func(func() any { return queue.Stats() }))
//
// # Misuse
//
// Misuse that is certain to be a mistake of the program (the unlock of an unlocked
// lock, more permits released than acquired where there is a bound, TaskDone called
// too often, a queue or a Timer that its constructor did not make, a negative size, a nil
// function) panics with a text that begins with "concurrent:". What
// can happen to a correct program is an error: [ErrClosed], [ErrFull],
// [ErrEmpty], [ErrBroken].
package concurrent
