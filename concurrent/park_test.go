package concurrent

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestWaitersModel runs random operations against a slice.
func TestWaitersModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list, other waiters
	var model []*waiter
	gone := newWaiter(0)
	for range 20_000 {
		switch r.IntN(5) {
		case 0:
			w := newWaiter(r.Int())
			list.push(w)
			model = append(model, w)
		case 1:
			w := newWaiter(r.Int())
			list.pushFirst(w)
			model = slices.Insert(model, 0, w)
		case 2:
			w := list.pop()
			if len(model) == 0 {
				if w != nil {
					t.Fatal("pop of an empty list returned a waiter")
				}
				continue
			}
			if w != model[0] {
				t.Fatal("pop did not return the first")
			}
			model, gone = model[1:], w
		case 3:
			if len(model) == 0 {
				continue
			}
			i := r.IntN(len(model))
			if other.remove(model[i]) {
				t.Fatal("removed from a list it did not stand in")
			}
			if !list.remove(model[i]) {
				t.Fatal("a listed waiter could not be removed")
			}
			gone = model[i]
			model = slices.Delete(model, i, i+1)
		case 4:
			if list.remove(gone) {
				t.Fatal("a waiter was removed twice")
			}
		}
		if list.len != len(model) {
			t.Fatalf("len %d, want %d", list.len, len(model))
		}
		i := 0
		for w := list.first; w != nil; w = w.next {
			if w != model[i] {
				t.Fatalf("the waiter at %d is not the one of the model", i)
			}
			i++
		}
		i = len(model)
		for w := list.last; w != nil; w = w.prev {
			i--
			if w != model[i] {
				t.Fatalf("backwards, the waiter at %d is not the one of the model", i)
			}
		}
	}
}

func TestWaiterWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaiter(1)
		w.grant()
		if !w.wait(t.Context()) {
			t.Error("a waiter granted before it waits returned false")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWaiter(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if w.wait(ctx) {
			t.Error("a waiter nobody granted returned true")
		}
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			go func() {
				time.Sleep(time.Hour)
				w.grant()
			}()
			start := time.Now()
			if !w.wait(ctx) || time.Since(start) != time.Hour {
				t.Error("did not wait for the grant")
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var list waiters
		var woken atomic.Int32
		for range 3 {
			w := newWaiter(1)
			list.push(w)
			go func() { w.wait(t.Context()); woken.Add(1) }()
		}
		synctest.Wait()
		list.grantAll()
		synctest.Wait()
		if woken.Load() != 3 || list.len != 0 {
			t.Errorf("%d woken, %d left; want 3 and 0", woken.Load(), list.len)
		}
	})
}
