// Package robust holds what processes wait for in shared memory, so that the death of
// any of them, at any instruction, hangs no other. Where there is no such memory, it is
// never used.
//
// The protocols are those of conformance/model, where every interleaving of three
// processes and their deaths is explored. A step there is one atomic operation here.
//
//   - hall.go: how the goroutines of one process sleep, one of them in the kernel.
//   - line.go: which processes wait for an object, and which of them is woken.
//   - lock.go: a lock that an owner's death releases; lockwait.go and lockrelease.go: how
//     a process waits for it, and gives it to the next.
//   - event.go: a flag, which no process owns.
//   - guard.go: words that change together, or not at all; desk.go: where processes wait
//     until they can change them.
//   - semaphore.go, rwlock.go: guarded words and one desk or two.
//   - condition.go, barrier.go: guarded words that say who is told.
//   - queue.go: slots for items; queueput.go, queueget.go and queueend.go: their ways.
package robust
