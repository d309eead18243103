//go:build linux

package main

import (
	"context"
	"log"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

const (
	bound    = 5 * time.Second  // how long after it is due anything may take, on a machine that is busy
	patience = 30 * time.Second // of calls that nothing is done to: none is to need it
	pace     = 48               // calls of the load for each fault
)

// A run is a storm over one transport.
type run struct {
	options
	pipes  bool
	ledger *ledger
	pool   *ipc.Pool // the one under load
	file   *os.File  // that travels

	faults atomic.Int64 // that were injected
	tally  tally

	// Held for writing while descriptors are wanting, since that is so for all.
	starving sync.RWMutex

	breakOnce sync.Once
}

// storm injects n faults, and returns what came out.
func storm(ctx context.Context, o options, transport string, n int) tally {
	r := &run{options: o, pipes: transport == "pipes"}
	r.tally.faults = map[string]int{}
	begun := time.Now()
	journal, err := newJournal(64*n + 4096)
	if err != nil {
		log.Fatal(err)
	}
	defer journal.close()
	r.ledger = newLedger(journal)

	po := r.poolOptions(o.workers)
	// Workers come and go by themselves, too.
	po.MaxCalls, po.Idle, po.Finalizer = 300, 20*time.Millisecond, end.Bind(none{})
	po.Spare = int(o.seed+uint64(len(transport))) % 2
	if r.file, err = os.Open(os.DevNull); err != nil {
		log.Fatal(err)
	}
	defer r.file.Close()
	if r.pool, err = ipc.NewPool(ctx, po); err != nil {
		log.Fatal(err)
	}
	var load, saboteurs sync.WaitGroup
	over := make(chan struct{})
	for i := range 4 * o.workers {
		load.Go(func() { r.load(rand.New(rand.NewPCG(o.seed, uint64(i))), over) })
	}
	plan := make(chan *injection)
	for range 2 * o.workers {
		saboteurs.Go(func() {
			for i := range plan {
				r.inject(i)
			}
		})
	}
	for _, i := range newPlan(o.seed, n, r.pipes) {
		select {
		case plan <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(plan)
	saboteurs.Wait()
	close(over)
	load.Wait()
	last := r.innocent(rand.New(rand.NewPCG(o.seed, 0)))
	last.function, last.order.File = once, nil
	_ = r.call(r.pool, last) // after all that the pool serves as ever
	r.close(r.pool)

	s := r.pool.Stats()
	r.tally.retried, r.tally.workers, r.tally.took = s.Retried, s.Spawned, time.Since(begun)
	r.ledger.books(&r.tally)
	log.Printf("%s: %s", transport, r.tally.kinds())
	return r.tally
}

// inject brings about one fault.
func (r *run) inject(i *injection) {
	begun := time.Now()
	i.do(r, i)
	r.faults.Add(1)
	r.ledger.mu.Lock()
	r.tally.faults[i.name]++
	r.ledger.mu.Unlock()
	if r.verbose {
		log.Printf("%v: %v", i, time.Since(begun))
	}
}

// poolOptions returns those that all pools have here.
func (r *run) poolOptions(workers int) ipc.PoolOptions {
	return ipc.PoolOptions{
		Workers: workers, NoSharedMemory: r.pipes, Launch: ipc.Launch{MaxMessage: maxMessage, Stderr: quiet{}},
		Initializer: begin.Bind(setting{Journal: r.ledger.journal.path()}),
	}
}

// quiet takes what workers say of their ends, of which there are many.
type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }

// close closes a pool whose calls have ended.
func (r *run) close(pool *ipc.Pool) {
	begun := time.Now()
	_ = pool.Shutdown(context.Background())
	r.ledger.check("Close", begun, time.Second)
}

// A job is one call to be made.
type job struct {
	function *ipc.Function[order, answer]
	order    order
	limit    time.Duration    // its deadline
	cancel   time.Duration    // when its ctx is canceled, 0 for never
	expect   func(error) bool // nil: it succeeds
	spoilt   bool             // its argument and its result may be written over
	follows  bool             // it is not the first of its chunk
}

func (j *job) String() string {
	if f := j.order.Trap.Fault; f != 0 {
		return faults[f].name + ", " + j.order.Trap.Point.String()
	}
	return "no fault"
}

// call makes one call, and enters it into the ledger.
func (r *run) call(pool *ipc.Pool, j *job) error {
	if j.limit == 0 {
		j.limit = patience
	}
	ctx, stop := context.WithTimeout(context.Background(), j.limit)
	defer stop()
	if j.cancel != 0 {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer time.AfterFunc(j.cancel, func() { cancel(errCanceled) }).Stop()
	}
	var carrier ipc.Carrier = pool
	if b := breaks[r.broken]; b != nil && j.function == once && j.order.Trap.Fault == 0 && j.order.File == nil {
		r.breakOnce.Do(func() { carrier = b(pool, j.order) })
	}
	r.ledger.begin(j)
	begun := time.Now()
	got, err := j.function.On(carrier)(ctx, j.order)
	r.ledger.end(j, begun, r.ledger.short(begun), got, err)
	return err
}
