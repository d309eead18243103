package concurrent

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/concurrent/internal/park"
	"github.com/fanfold/fanfold/internal/optional"
)

// A Pool runs tasks on a bounded number of goroutines, which it starts when
// there is work for them and ends when there is none. [Submit] hands it a task
// and returns its [Future]; [Pool.Go] does without one; [On] makes a plain
// function whose calls run in the pool. Python: concurrent.futures.ThreadPoolExecutor.
//
// Tasks are begun in the order in which they were submitted, those of a higher
// priority first, and no worker has a queue of its own: whenever a worker is
// free, or one could be started, a queued task is begun, whatever the others
// wait for. Nevertheless, when all workers run tasks that wait for tasks in the
// queue of the same pool, they wait for ever: let them use a second pool, or
// cancel what has not begun and do it themselves.
//
// The queue is bounded; [PoolOptions] says what happens when it is full. Workers
// without a task end after a while, so that an idle pool costs nothing but
// memory, also one that nobody closes. [NewPool] makes pools; the zero value is
// not one.
type Pool struct {
	over        chan struct{} // closed when the pool was shut down and the last worker has left
	policy      QueuePolicy
	patience    time.Duration // how long a worker stays idle; 0: for ever
	labels      context.Context
	initializer func() error
	finalizer   func()
	spinLimit   int
	news        atomic.Bool // tells spinning workers to look

	mu        sync.Mutex // held for a few instructions, never while anybody waits or user's code runs
	lanes     lanes
	bound     int // of the queue; negative: none
	max       int // workers
	workers   map[*worker]struct{}
	idle      []*worker // parked, the last one first to be woken
	starting  int       // in the initializer
	searching int       // woken or started, and not yet at the queue
	spinning  int       // between two tasks, looking for more
	busy      int       // with a task
	rooms     park.Line // callers that wait for room
	roomWoken bool      // one of them was woken and has not yet looked
	starving  bool      // the first of them was woken in vain too often: no more overtaking
	closed    bool
	refusal   error // what Submit fails with when closed
	reaper    *time.Timer
	reaping   bool // the reaper's timer is set
	epoch     int  // how often it went off
	stats     PoolStats
}

// QueuePolicy says what [Submit] does with a task when the queue is full.
type QueuePolicy int

const (
	Block      QueuePolicy = iota // wait for room, in turn but for a few who overtake, until the context ends
	Reject                        // fail with ErrFull
	CallerRuns                    // run the task in the caller's goroutine, before Submit returns
)

// PoolOptions are the choices of a [Pool]. The zero value of each is its default.
type PoolOptions struct {
	// Workers is the most goroutines that run tasks at once; 0 means
	// GOMAXPROCS. Tasks that wait more than they compute want more.
	Workers int

	// Queue is the most tasks that wait for a worker; 0 means 1024, -1 that
	// there is no bound. A worker counts as busy until it has come back for its
	// next task.
	Queue int

	// Policy is what happens when the queue is full; the default is to wait.
	Policy QueuePolicy

	// Idle is how long a worker stays without a task before it ends, and up to
	// half as long again; 0 means 10 s, negative means forever.
	Idle time.Duration

	// Name is in the Stats, and the label "pool" of the workers in goroutine
	// and CPU profiles.
	Name string

	// Initializer, if not nil, is called by each worker in its goroutine before
	// its first task. If it fails or panics the pool is shut down: what is
	// queued and what is submitted later fails with an error that wraps
	// ErrClosed and the initializer's.
	Initializer func() error

	// Finalizer, if not nil, is called by each worker in its goroutine when it
	// ends, if its Initializer succeeded. A panic goes to the failure hook.
	Finalizer func()
}

const (
	defaultPoolQueue = 1024
	defaultPoolIdle  = 10 * time.Second
)

// NewPool returns a pool. It starts no goroutine: the first task does. End it
// with [Pool.Shutdown], or at once with [Pool.Close].
func NewPool(options ...PoolOptions) *Pool {
	o := optional.One("concurrent", "NewPool", options)
	switch {
	case o.Workers < 0:
		panic(fmt.Sprintf("concurrent: NewPool: Workers is %d, want 0 (GOMAXPROCS) or more", o.Workers))
	case o.Queue < -1:
		panic(fmt.Sprintf("concurrent: NewPool: Queue is %d, want -1 (no bound), 0 (1024) or more", o.Queue))
	case o.Policy < Block || o.Policy > CallerRuns:
		panic(fmt.Sprintf("concurrent: NewPool: unknown Policy %d", int(o.Policy)))
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Queue == 0 {
		o.Queue = defaultPoolQueue
	}
	if o.Idle == 0 {
		o.Idle = defaultPoolIdle
	}
	p := &Pool{
		over:        make(chan struct{}),
		policy:      o.Policy,
		patience:    max(o.Idle, 0),
		labels:      poolLabels(o.Name),
		initializer: o.Initializer,
		finalizer:   o.Finalizer,
		spinLimit:   runtime.GOMAXPROCS(0) / 2,
		bound:       o.Queue,
		max:         o.Workers,
		workers:     map[*worker]struct{}{},
	}
	p.stats.Name = o.Name
	p.lanes.init(p)
	return p
}

// Resize changes how many goroutines may run tasks at once, which must be at
// least one. More are started when there is work for them; surplus ones end
// when they have finished their task. It does not block.
func (p *Pool) Resize(workers int) {
	if workers < 1 {
		panic(fmt.Sprintf("concurrent: Pool.Resize: %d workers, want 1 or more", workers))
	}
	p.mu.Lock()
	p.max = workers
	var surplus []*worker
	if n := min(len(p.workers)-workers, len(p.idle)); n > 0 {
		surplus = p.dismiss(n)
	}
	p.callNext()
	w := p.rouse()
	p.mu.Unlock()
	w.begin()
	for _, w := range surplus {
		w.wake <- false
	}
}
