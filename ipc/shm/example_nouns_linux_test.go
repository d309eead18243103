//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A job is what the workers of the examples have.
type job struct {
	Permits *shm.BoundedSemaphore
	Events  *shm.Semaphore
	Meeting *shm.Barrier
	Table   *shm.RWLock
	Cells   *shm.Array[int]
	Changed *shm.Condition
	In, Out *shm.Queue[string]
}

var limited = ipc.Func("shm_test.limited", func(ctx context.Context, j job) (int, error) {
	if err := j.Permits.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer j.Permits.Release(1)
	return j.Permits.Bound(), nil
})

func ExampleBoundedSemaphore() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	permits, _ := shm.NewBoundedSemaphore(m, 1) // one worker at a time
	fmt.Println(limited.On(pool)(ctx, job{Permits: permits}))
	// Output: 1 <nil>
}

var occur = ipc.Func("shm_test.occur", func(ctx context.Context, j job) (any, error) {
	j.Events.Release(2)
	return nil, nil
})

func ExampleSemaphore() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	events, _ := shm.NewSemaphore(m, 0)
	occur.On(pool)(ctx, job{Events: events})
	fmt.Println(events.Acquire(ctx, 2), events.Value())
	// Output: <nil> 0
}

var arrive = ipc.Func("shm_test.arrive", func(ctx context.Context, j job) (int, error) {
	return j.Meeting.Wait(ctx)
})

func ExampleBarrier() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	meeting, _ := shm.NewBarrier(m, 2)
	there := make(chan int)
	go func() {
		n, _ := arrive.On(pool)(ctx, job{Meeting: meeting})
		there <- n
	}()
	here, err := meeting.Wait(ctx)
	fmt.Println(here+<-there, err)
	// Output: 1 <nil>
}

var read = ipc.Func("shm_test.read", func(ctx context.Context, j job) (int, error) {
	if err := j.Table.RLockContext(ctx); err != nil {
		return 0, err
	}
	defer j.Table.RUnlock()
	return j.Cells.Slice()[0] + j.Cells.Slice()[1], nil
})

func ExampleRWLock() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	table, _ := shm.NewRWLock(m)
	cells, _ := shm.NewArray[int](m, 2)
	table.Lock()
	cells.Slice()[0], cells.Slice()[1] = 40, 2
	table.Unlock()
	fmt.Println(read.On(pool)(ctx, job{Table: table, Cells: cells}))
	// Output: 42 <nil>
}

var change = ipc.Func("shm_test.change", func(ctx context.Context, j job) (any, error) {
	lock := j.Changed.Lock()
	if err := lock.LockContext(ctx); err != nil {
		return nil, err
	}
	defer lock.Unlock()
	j.Cells.Slice()[0] = 1
	j.Changed.NotifyAll()
	return nil, nil
})

func ExampleCondition() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	lock, _ := shm.NewLock(m)
	changed, _ := shm.NewCondition(lock)
	cells, _ := shm.NewArray[int](m, 1)
	lock.Lock()
	go change.On(pool)(ctx, job{Changed: changed, Cells: cells})
	err := changed.WaitFor(ctx, func() bool { return cells.Slice()[0] == 1 })
	lock.Unlock()
	fmt.Println(err)
	// Output: <nil>
}

var greet = ipc.Func("shm_test.greet", func(ctx context.Context, j job) (any, error) {
	for name, err := range j.In.All(ctx) {
		if err != nil {
			return nil, err
		}
		if err := j.Out.Put(ctx, "hello "+name); err != nil {
			return nil, err
		}
		j.In.TaskDone()
	}
	return nil, nil
})

func ExampleQueue() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	in, _ := shm.NewQueue[string](m, 10)
	out, _ := shm.NewQueue[string](m, 10)
	go greet.On(pool)(ctx, job{In: in, Out: out})
	in.PutAll(ctx, []string{"Ada", "Grace"})
	in.Join(ctx)
	for range 2 {
		fmt.Println(out.Get(ctx))
	}
	in.Shutdown(false) // the worker's loop ends
	// Output:
	// hello Ada <nil>
	// hello Grace <nil>
}

var crash = ipc.Func("shm_test.crash", func(ctx context.Context, j job) (any, error) {
	if _, err := j.In.Lease(ctx); err != nil {
		return nil, err
	}
	return nil, syscall.Kill(os.Getpid(), syscall.SIGKILL)
})

// A worker is killed that has leased an item. The item comes back.
func ExampleLease() {
	ctx, pool, m := example()
	defer pool.Close()
	defer m.Close()

	in, _ := shm.NewQueue[string](m, 10)
	in.Put(ctx, "parcel")
	crash.On(pool)(ctx, job{In: in})
	lease, err := in.Lease(ctx)
	fmt.Println(lease.Item, lease.Attempt, err)
	lease.Done()
	// Output: parcel 2 <nil>
}

// Programs that are no relatives find a memory, and an object in it, by names.
func ExampleOpenMemory() {
	const name = "shm-example"
	m, _ := shm.OpenMemory(name)
	defer shm.RemoveMemory(name)
	defer m.Close()

	visits, _ := shm.NewNumber(m, 0, shm.ObjectOptions{Name: "visits"})
	fmt.Println(visits.Add(1))
	// Output: 1
}
