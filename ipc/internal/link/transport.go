package link

import (
	"errors"
	"time"
)

// A Transport takes calls to one worker and brings its answers back, in the
// order of the calls. Everything it reads comes from the worker, and may be
// anything: it costs that worker its life at most.
//
// Of the calls that a worker has, the oldest leads: only its owner waits on the
// transport, all others wait for news. Post, Ready, Withdraw, Fate and Dismiss do not
// block, and at most one of them is called at a time; Answer may run beside them.
type Transport interface {
	// Hello waits for the worker's first word, which says that it is ready.
	Hello(within time.Duration) error

	// Post puts p, the youngest call of the worker, on its way. It reports false if
	// there is no room. alone says that the worker has no other call.
	Post(p *Passage, alone bool) bool

	// Answer blocks until p, which leads, is answered, and leaves the answer in
	// p.Reply. The error says that the worker is gone, or talks nonsense. If it matches
	// ErrUnsent the worker is well, and p can be withdrawn.
	Answer(p *Passage) error

	// Ready leaves the answer to p, on which no goroutine waits, in p.Reply, and
	// reports false if it is not there. Nonsense is not there: Answer finds it.
	Ready(p *Passage) bool

	// Withdraw takes p back, and reports false if the worker may have started it.
	// No goroutine waits for the answer.
	Withdraw(p *Passage) bool

	// Fate tells how far the worker, which is dead, got with p: whether it had begun to
	// read it, and whether the function may have been running.
	Fate(p *Passage) (read, started bool)

	// Ended ends what waits for the worker, which is dead. An answer that it
	// gave still stands.
	Ended()

	// Dismiss lets the worker, which has no calls, go.
	Dismiss()

	// Close frees what the transport has. No goroutine uses it any more.
	Close()
}

// patience is how long a worker that is dead may leave the pool without its last words:
// some process that it has left behind may hold its ends.
const patience = 100 * time.Millisecond

// ErrCut says that the socket between a pool and its worker is of no use any more.
var ErrCut = errors.New("ipc: the control socket is gone")

// ErrUnsent says that the files that go with a call or an answer were not sent, and that
// both sides are well: nothing has gone.
var ErrUnsent = errors.New("its files cannot be sent")
