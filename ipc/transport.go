package ipc

import "time"

// A transport takes calls to one worker and brings its answers back, in the
// order of the calls. Everything it reads comes from the worker, and may be
// anything: it costs that worker its life at most.
//
// Of the calls that a worker has, the oldest leads: only its owner waits on the
// transport, all others wait for news. See worker.queue.
type transport interface {
	// hello waits for the worker's first word, which says that it is ready.
	hello(within time.Duration) error

	// post puts c, the youngest call of the worker, on its way. It does not
	// block, and reports false if there is no room. Pool.mu is held.
	post(c *pending) bool

	// answer blocks until c, which leads, is answered, and returns the answer.
	// The error says that the worker is gone, or talks nonsense.
	answer(c *pending) (frame, error)

	// ready returns the answer to c, which nobody waits for, if it is there.
	// Pool.mu is held.
	ready(c *pending) (frame, bool)

	// withdraw takes c back, and reports false if the worker may have started
	// it. Nobody is waiting for the answer. Pool.mu is held.
	withdraw(c *pending) bool

	// fate tells how far the worker, which is dead, got with c.
	fate(c *pending) ending

	// ended ends what waits for the worker, which is dead. An answer that it
	// gave still stands.
	ended()

	// dismiss lets the worker, which has no calls, go.
	dismiss()

	// close frees what the transport has. Nobody else uses it any more.
	close()
}

// How a call ended on a worker.
type ending int

const (
	answered    ending = iota // by a result or an error, ours or the worker's
	untouched                 // the worker died before it had begun to read it
	unstarted                 // the worker died while it read it
	diedRunning               // the worker died, and the function may have been running
)
