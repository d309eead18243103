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

// A Pool runs tasks on a bounded number of goroutines, its workers. It starts a
// worker when there is work, and ends workers that stay idle. [Submit] gives it a
// task and returns a [Future]. [Pool.Go] gives it a task without a future. [On]
// makes a function whose calls run in the pool. Python:
// concurrent.futures.ThreadPoolExecutor.
//
// Tasks start in the order in which they were submitted, higher priorities first.
// There is one queue for all workers. A queued task starts as soon as a worker is
// free or another one can be started, even while other tasks wait for it.
//
// When all workers run tasks that wait for queued tasks of the same pool, they wait
// forever. Such tasks should use a second pool, or cancel the queued task and run
// it themselves.
//
// The queue is bounded; PoolOptions.Policy decides what happens when it is full. An
// idle pool has no goroutines after a while, also if it is never closed. Pools are
// made by [NewPool]; the zero value is not usable.
type Pool struct {
	over        chan struct{} // closed when the pool was shut down and the last worker has left
	policy      QueuePolicy
	patience    time.Duration // how long a worker stays idle; 0: forever
	labels      context.Context
	initializer func() error
	finalizer   func()
	spinLimit   int
	news        atomic.Bool // tells spinning workers to look

	mu        sync.Mutex // held for a few instructions, never over a wait or a call of the user's code
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

// QueuePolicy decides what [Submit] does with a task when the queue is full.
type QueuePolicy int

const (
	Block      QueuePolicy = iota // wait for room until the context ends; a few callers may overtake
	Reject                        // fail with ErrFull
	CallerRuns                    // run the task in the caller's goroutine, before Submit returns
)

// PoolOptions are the options of [NewPool]. Zero values are the defaults.
type PoolOptions struct {
	// Workers is the largest number of workers. Zero means GOMAXPROCS. Tasks that
	// wait more than they compute need more workers.
	Workers int

	// Queue is the largest number of tasks that wait for a worker. Zero means 1024,
	// and -1 means no bound. A worker counts as busy until it asks for its next
	// task.
	Queue int

	// Policy decides what happens to a task when the queue is full. The default is
	// Block.
	Policy QueuePolicy

	// Idle is how long a worker stays without a task before it ends, and up to half
	// as long again. Zero means 10 s, and negative means forever.
	Idle time.Duration

	// Name is reported by Stats. It is also the label "pool" of the workers in
	// goroutine and CPU profiles.
	Name string

	// Initializer, if not nil, is called by each worker in its goroutine, before
	// its first task. If it fails or panics, the pool is shut down. Then queued and
	// later tasks fail with an error that matches ErrClosed and the error of
	// Initializer.
	Initializer func() error

	// Finalizer, if not nil, is called by each worker in its goroutine when it
	// ends, if its Initializer succeeded. A panic of Finalizer goes to the failure
	// hook.
	Finalizer func()
}

const (
	defaultPoolQueue = 1024
	defaultPoolIdle  = 10 * time.Second
)

// NewPool returns a pool. It starts no goroutine; the first task does.
// [Pool.Shutdown] ends the pool after its tasks, and [Pool.Close] ends it at once.
// NewPool panics when an option is out of range.
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

// Resize changes the largest number of workers. More workers start when there is
// work for them. Surplus workers end when they have finished their tasks. Resize
// does not block. It panics when workers is less than 1.
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

// mustBeMade panics for the zero value.
func (p *Pool) mustBeMade() {
	if p.over == nil {
		panic("concurrent: Pool not made by NewPool")
	}
}
