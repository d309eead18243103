//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A Job is what a worker shares with its caller.
type Job struct {
	Lock *shm.Lock
	Hits *shm.Number[int]
	Sums *shm.Array[float64]
	Pos  *shm.Value[Position]
	Stop *shm.Event
}

type Position struct{ X, Y float64 }

var visit = ipc.Func("visit", func(ctx context.Context, j Job) (int, error) { return j.Hits.Add(1), nil })

var move = ipc.Func("move", func(ctx context.Context, j Job) (struct{}, error) {
	return struct{}{}, j.Pos.With(ctx, func(p *Position) error { p.X, p.Y = p.X+1, p.Y-1; return nil })
})

var fill = ipc.Func("fill", func(ctx context.Context, j Job) (struct{}, error) {
	return struct{}{}, j.Sums.With(ctx, func(s []float64) error { s[0], s[1] = 1, 2; return nil })
})

var killed = ipc.Func("killed", func(ctx context.Context, j Job) (struct{}, error) {
	j.Lock.Lock()
	j.Sums.Slice()[0]++
	return struct{}{}, syscall.Kill(os.Getpid(), syscall.SIGKILL)
})

var linger = ipc.Func("linger", func(ctx context.Context, j Job) (string, error) {
	return "told to stop", j.Stop.Wait(ctx)
})

// example returns a pool and a memory for an example.
func example() (context.Context, *ipc.Pool, *shm.Memory) {
	ctx := context.Background()
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 1})
	if err != nil {
		log.Fatal(err)
	}
	m, err := shm.NewMemory()
	if err != nil {
		log.Fatal(err)
	}
	return ctx, pool, m
}

func ExampleMemory() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	hits, err := shm.NewNumber(m, 0)
	if err != nil {
		log.Fatal(err)
	}
	visit.On(pool)(ctx, Job{Hits: hits})
	s := m.Stats()
	fmt.Println(s.Processes, "processes,", s.Objects, "object")
	// Output: 2 processes, 1 object
}

func ExampleNumber() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	hits, err := shm.NewNumber(m, 40)
	if err != nil {
		log.Fatal(err)
	}
	visit.On(pool)(ctx, Job{Hits: hits})
	fmt.Println(hits.Add(1))
	// Output: 42
}

func ExampleValue() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	pos, err := shm.NewValue(m, Position{10, 10})
	if err != nil {
		log.Fatal(err)
	}
	move.On(pool)(ctx, Job{Pos: pos})
	fmt.Println(pos.Load())
	// Output: {11 9}
}

func ExampleArray() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	sums, err := shm.NewArray[float64](m, 3)
	if err != nil {
		log.Fatal(err)
	}
	fill.On(pool)(ctx, Job{Sums: sums})
	fmt.Println(shm.AddAt(sums, 2, 0.5), sums.Slice())
	// Output: 0.5 [1 2 0.5]
}

func ExampleLock() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	lock, err := shm.NewLock(m)
	if err != nil {
		log.Fatal(err)
	}
	sums, err := shm.NewArray[float64](m, 3)
	if err != nil {
		log.Fatal(err)
	}
	_, err = killed.On(pool)(ctx, Job{Lock: lock, Sums: sums})
	fmt.Println("the worker died:", errors.Is(err, ipc.ErrProcessDied))

	// It held the lock. The lock says so, and is held here now.
	err = lock.LockContext(ctx)
	fmt.Println("with the lock:", errors.Is(err, shm.ErrOwnerDied))
	clear(sums.Slice()) // what it left may be half done
	lock.MarkConsistent()
	lock.Unlock()

	fmt.Println("and again:", lock.LockContext(ctx))
	defer lock.Unlock()
	// Output:
	// the worker died: true
	// with the lock: true
	// and again: <nil>
}

func ExampleRLock() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	lock, err := shm.NewRLock(m)
	if err != nil {
		log.Fatal(err)
	}
	err = lock.Do(ctx, func(ctx context.Context) error {
		return lock.Do(ctx, func(context.Context) error { // again, since ctx is the owner
			fmt.Println(lock.Locked())
			return nil
		})
	})
	fmt.Println(lock.Locked(), err)
	// Output:
	// true
	// false <nil>
}

func ExampleRLockOwner() {
	_, pool, m := example()
	defer pool.Close()
	defer m.Close()
	lock, err := shm.NewRLock(m)
	if err != nil {
		log.Fatal(err)
	}
	one, two := lock.Owner(), lock.Owner()
	one.Lock()
	one.Lock() // again
	fmt.Println(two.TryLock())
	one.Unlock()
	fmt.Println(two.TryLock())
	one.Unlock()
	fmt.Println(two.TryLock())
	// Output:
	// false
	// false
	// true
}

func ExampleEvent() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()
	stop, err := shm.NewEvent(m)
	if err != nil {
		log.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, stop.Set)
	fmt.Println(linger.On(pool)(ctx, Job{Stop: stop}))
	// Output: told to stop <nil>
}
