// Package link takes calls to a worker process and brings its answers back: through a
// ring of shared memory or a pair of pipes, and a socket for cancellations and
// descriptors. A [Transport] is the pool's side of that, an [Inbox] the worker's.
//
// It knows no process and no pool. What comes from the other side may be anything, and
// nonsense is an error matching [ErrProtocol]. See README.md.
package link
