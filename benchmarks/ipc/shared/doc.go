// Package shared measures what processes share: memory, locks and queues of ipc/shm.
//
//	go test -bench Lock
//	python3 peers.py -test.bench=Lock
//
// The peers are:
//
//   - Python's multiprocessing.Lock, Semaphore, Event, Condition, Queue and Value;
//   - a robust mutex of pthreads in a C program, which needs cc;
//   - a bare futex, by which two processes wake each other and do nothing else;
//   - sync.Mutex, atomic.Int64 and a pipe.
//
// Two processes that take a lock do nothing else: an operation is one of either. There and
// back is an operation in which each side wakes the other once. Death kills the process
// that holds a lock with kill -9, and measures until a process that waits has it, by the
// system's monotonic clock; an operation's time is the median. Waiters are goroutines of
// one process, which another process wakes.
package shared
