//go:build unix

package manager_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/fanfold/fanfold/ipc/manager"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleLock() {
	ctx, m := demo()
	defer m.Close()
	l, err := manager.NewLock(ctx, m)
	check(err)
	check(l.Lock(ctx))
	fmt.Println(l.TryLock(ctx))
	check(l.Unlock(ctx))
	// Output: false <nil>
}

func ExampleRLock() {
	ctx, m := demo()
	defer m.Close()
	l, err := manager.NewRLock(ctx, m)
	check(err)
	check(l.Do(ctx, func(ctx context.Context) error {
		return l.Do(ctx, func(ctx context.Context) error { // the same owner
			fmt.Println(l.Locked(ctx))
			return nil
		})
	}))
	// Output: true <nil>
}

func ExampleRLockOwner() {
	ctx, m := demo()
	defer m.Close()
	l, err := manager.NewRLock(ctx, m)
	check(err)
	owner := l.Owner()
	check(owner.Lock(ctx))
	check(owner.Lock(ctx))
	fmt.Println(l.Owner().TryLock(ctx))
	check(owner.Unlock(ctx))
	check(owner.Unlock(ctx))
	// Output: false <nil>
}

func ExampleCondition() {
	ctx, m := demo()
	defer m.Close()
	l, err := manager.NewLock(ctx, m)
	check(err)
	changed, err := manager.NewCondition(ctx, m, l)
	check(err)
	ready, err := manager.NewValue(ctx, m, false)
	check(err)
	go func() {
		check(l.Lock(ctx))
		check(ready.Store(ctx, true))
		check(changed.NotifyAll(ctx))
		check(l.Unlock(ctx))
	}()
	check(l.Lock(ctx))
	check(changed.WaitFor(ctx, func() bool {
		yes, err := ready.Load(ctx)
		check(err)
		return yes
	}))
	fmt.Println(ready.Load(ctx))
	check(l.Unlock(ctx))
	// Output: true <nil>
}

func ExampleEvent() {
	ctx, m := demo()
	defer m.Close()
	started, err := manager.NewEvent(ctx, m)
	check(err)
	check(started.Set(ctx))
	check(started.Wait(ctx))
	fmt.Println(started.IsSet(ctx))
	// Output: true <nil>
}

func ExampleSemaphore() {
	ctx, m := demo()
	defer m.Close()
	s, err := manager.NewSemaphore(ctx, m, 3)
	check(err)
	check(s.Acquire(ctx, 2))
	fmt.Println(s.TryAcquire(ctx, 2))
	check(s.Release(ctx, 2))
	// Output: false <nil>
}

func ExampleBoundedSemaphore() {
	ctx, m := demo()
	defer m.Close()
	s, err := manager.NewBoundedSemaphore(ctx, m, 3)
	check(err)
	check(s.Acquire(ctx, 2))
	fmt.Println(s.TryAcquire(ctx, 2))
	check(s.Release(ctx, 2))
	// Output: false <nil>
}

func ExampleBarrier() {
	ctx, m := demo()
	defer m.Close()
	b, err := manager.NewBarrier(ctx, m, 1)
	check(err)
	fmt.Println(b.Wait(ctx))
	// Output: 0 <nil>
}

func ExampleQueue() {
	ctx, m := demo()
	defer m.Close()
	q, err := manager.NewQueue[string](ctx, m, 10)
	check(err)
	check(q.Put(ctx, "a"))
	check(q.Put(ctx, "b"))
	check(q.Shutdown(ctx, false))
	for item, err := range q.All(ctx) {
		fmt.Print(item, err, " ")
	}
	// Output: a<nil> b<nil>
}

func ExampleArray() {
	ctx, m := demo()
	defer m.Close()
	a, err := manager.NewArray(ctx, m, []int{1, 2, 3})
	check(err)
	check(a.Set(ctx, 0, 7))
	fmt.Println(a.Slice(ctx, 0, -1))
	// Output: [7 2 3] <nil>
}

func ExampleClass() {
	ctx, m := demo()
	defer m.Close()
	// var account = manager.Type("account", func(_ context.Context, balance int) (*Account, error) { … })
	a, err := account.New(ctx, m, 100)
	check(err)
	fmt.Println(deposit.On(a)(ctx, 20))
	// Output: 120 <nil>
}

func ExampleObject() {
	ctx, m := demo()
	defer m.Close()
	a, err := account.New(ctx, m, 100)
	check(err)
	fmt.Println(deposit.On(a)(ctx, 20))
	// Output: 120 <nil>
}

func ExampleProcedure() {
	ctx, m := demo()
	defer m.Close()
	// var deposit = manager.Method("deposit", func(_ context.Context, a *Account, n int) (int, error) { … })
	a, err := account.New(ctx, m, 100)
	check(err)
	fmt.Println(deposit.On(a)(ctx, 20))
	// Output: 120 <nil>
}

func ExampleManager_Snapshot() {
	ctx, m := demo()
	defer m.Close()
	_, err := manager.NewValue(ctx, m, 7, manager.ObjectOptions{Name: "n"})
	check(err)
	var file bytes.Buffer
	check(m.Snapshot(ctx, &file))
	again, err := manager.Start(ctx, manager.Options{Here: true, Restore: &file})
	check(err)
	defer again.Close()
	n, err := manager.NewValue(ctx, again, 0, manager.ObjectOptions{Name: "n"})
	check(err)
	fmt.Println(n.Load(ctx))
	// Output: 7 <nil>
}
