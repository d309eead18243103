// Jobs counts the primes below a million: a producer process puts forty jobs into a
// queue, and three consumer processes take them. Each tenth job hangs at its first
// attempt, and its consumer is killed. The consumer has only leased the job, so that the
// job goes back to the front of the queue, and another consumer does it: none is lost.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

const (
	jobs      = 40
	size      = 25_000 // numbers of a job
	consumers = 3
)

// A Desk is what the processes share.
type Desk struct {
	Jobs    *shm.Queue[int]
	Results *shm.Array[Result] // by job; writing one again does no harm
	Stuck   *shm.Queue[Stuck]
}

// A Result is what became of a job.
type Result struct{ Primes, Attempts int }

// A Stuck is a consumer whose job hangs.
type Stuck struct{ Pid, Job int }

var produce = ipc.Func("produce", func(ctx context.Context, d Desk) (struct{}, error) {
	for job := range jobs {
		if err := d.Jobs.Put(ctx, job); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
})

var consume = ipc.Func("consume", func(ctx context.Context, d Desk) (struct{}, error) {
	for {
		lease, err := d.Jobs.Lease(ctx)
		if errors.Is(err, shm.ErrClosed) {
			return struct{}{}, nil
		}
		if err != nil {
			return struct{}{}, err
		}
		if lease.Item%10 == 5 && lease.Attempt == 1 {
			if err = d.Stuck.Put(ctx, Stuck{os.Getpid(), lease.Item}); err != nil {
				return struct{}{}, err
			}
			select {} // and no ctx ends that
		}
		n := primes(lease.Item*size, (lease.Item+1)*size)
		d.Results.Slice()[lease.Item] = Result{Primes: n, Attempts: lease.Attempt}
		lease.Done()
	}
})

// primes counts the primes from lo to before hi.
func primes(lo, hi int) (n int) {
	for i := max(lo, 2); i < hi; i++ {
		prime := true
		for d := 2; d*d <= i && prime; d++ {
			prime = i%d != 0
		}
		if prime {
			n++
		}
	}
	return n
}

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	memory, err := shm.NewMemory()
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Close()
	desk, err := newDesk(memory)
	if err != nil {
		log.Fatal(err)
	}
	killed, err := run(context.Background(), desk)
	if err != nil {
		log.Fatal(err)
	}
	sum, twice := 0, 0
	for job, r := range desk.Results.All() {
		if r.Attempts == 0 {
			log.Fatalf("job %d is lost", job)
		}
		if r.Attempts > 1 {
			stdout.Println("job", job, "was done at attempt", r.Attempts)
			twice++
		}
		sum += r.Primes
	}
	stdout.Println(jobs, "jobs done,", killed, "consumers killed at work,", twice, "jobs taken again, none lost")
	stdout.Println(sum, "primes below", jobs*size)
}

func newDesk(memory *shm.Memory) (d Desk, err error) {
	if d.Jobs, err = shm.NewQueue[int](memory, 8); err != nil {
		return d, err
	}
	if d.Results, err = shm.NewArray[Result](memory, jobs); err != nil {
		return d, err
	}
	d.Stuck, err = shm.NewQueue[Stuck](memory, consumers)
	return d, err
}

// run has all jobs done, and returns how many consumers were killed.
func run(ctx context.Context, d Desk) (killed int64, err error) {
	var deaths atomic.Int64
	err = concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		produces, err := ipc.Start(ctx, produce, d)
		if err != nil {
			return err
		}
		for range consumers {
			g.Go(func(ctx context.Context) error { return keep(ctx, d, &deaths) })
		}
		g.Go(func(ctx context.Context) error { return kill(ctx, d.Stuck) })
		if err = produces.Join(ctx); err != nil {
			return err
		}
		err = d.Jobs.Join(ctx) // an error if a job was lost
		d.Jobs.Shutdown(false)
		d.Stuck.Shutdown(false)
		return err
	})
	return deaths.Load(), err
}

// keep runs a consumer, and another one when it is killed.
func keep(ctx context.Context, d Desk, deaths *atomic.Int64) error {
	for {
		consumes, err := ipc.Start(ctx, consume, d)
		if err != nil {
			return err
		}
		err = consumes.Join(ctx)
		if died, ok := errors.AsType[*ipc.ProcessDiedError](err); !ok || died.Signal != syscall.SIGKILL {
			return err
		}
		deaths.Add(1)
	}
}

// kill kills the consumers that hang.
func kill(ctx context.Context, stuck *shm.Queue[Stuck]) error {
	for s, err := range stuck.All(ctx) {
		if err != nil {
			return err
		}
		log.Printf("consumer %d hangs at job %d: kill -9", s.Pid, s.Job)
		p, err := os.FindProcess(s.Pid)
		if err != nil {
			return err
		}
		err = p.Kill()
		_ = p.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
