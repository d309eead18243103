// Package model explores the protocols by which processes share memory: every
// interleaving of a few processes, each of which may be killed between any two steps.
//
// A model is a state, which is a comparable value, and the steps that lead from it to
// others. [Explore] visits all states that can be reached. A state is a fault when the
// model says so, or when a process waits in the kernel and no step is left that could
// wake it.
//
// Each rule of a protocol is left out once, and the test wants a fault then: a rule that
// nothing misses is no rule.
//
//   - line.go: who waits for any object, and how one of them is woken.
//   - lock.go, lockstep.go: the word of a lock, its waiters, hand-over, and the sweep after a death.
//   - guard.go, guardstep.go, guardsweep.go: the guard of all other objects, with its redo record, as a semaphore.
//   - condition.go, conditionstep.go: who is notified, and is rung when the lock is free.
//   - queue.go, queuestep.go: the slots of a queue, where a guarded section is one step.
//
// What a model leaves out is said in its file.
package model
