// Package shm has memory that processes share, and what they need to share it: locks,
// semaphores, barriers, queues and values whose names and methods are those of package
// concurrent.
//
//	m, err := shm.NewMemory()
//	hits, err := shm.NewNumber(m, 0)
//	_, err = visit.On(pool)(ctx, hits) // hits travels; the worker adds to the same number
//	fmt.Println(hits.Load())
//
// A [Memory] has no name in any file system, and is gone with the last process that has
// it; [OpenMemory] is for programs that are no relatives. Objects are made in it: [Value],
// [Number] and [Array] hold values without pointers, [Queue] passes items of any type, and
// [Lock], [RLock], [RWLock], [Condition], [Event], [Semaphore], [BoundedSemaphore] and
// [Barrier] are for goroutines of all processes. Memories and objects travel anywhere
// in the arguments and results of registered functions, and in messages of
// conn.Connection values. The one that arrives is the same object, and arriving twice it
// is one object.
//
// # When a process dies
//
// A process may be killed at any instruction. The kernel then tells the others, and no
// goroutine waits for the dead:
//
//   - A lock whose holder has died goes to the next that wants it. LockContext then
//     returns an [*OwnerDiedError] and the lock is held nevertheless, because what it
//     guards may be half changed. The caller puts that right and calls
//     [Lock.MarkConsistent].
//   - A [Value] has either the old or the new value, and any other change of an object
//     has happened whole or not at all.
//   - Permits of a [BoundedSemaphore] come back. A [Barrier] at which the process had
//     arrived breaks. Items that it had taken from a [Queue] are lost and counted, unless it
//     had leased them.
//   - A process that was stopped or frozen is alive. Others wait for its locks until
//     their ctx ends.
//
// # Where it works
//
// Linux on machines of 64 bits. Elsewhere [NewMemory] returns an error matching
// [errors.ErrUnsupported].
package shm
