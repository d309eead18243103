// Package robust holds what processes wait for in shared memory, so that the death of
// any of them, at any instruction, hangs no other. It is for Linux on machines of 64
// bits; elsewhere it is empty.
//
// The protocols are those of conformance/model, where every interleaving of three
// processes and their deaths is explored. A step there is one atomic operation here.
//
//   - hall_linux.go: how the goroutines of one process sleep, one of them in the kernel.
//   - line_linux.go: which processes wait for an object, and which of them is woken.
//   - lock_linux.go: a lock that an owner's death releases; lockwait_linux.go and
//     lockrelease_linux.go: how a process waits for it, and gives it to the next.
//   - event_linux.go: a flag, which no process owns.
package robust
