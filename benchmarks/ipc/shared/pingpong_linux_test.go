package shared_test

import (
	"context"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
	"golang.org/x/sys/unix"
)

// BenchmarkThereAndBack has two processes wake each other in turn.
func BenchmarkThereAndBack(b *testing.B) {
	b.Run("impl=bare-futex", func(b *testing.B) {
		words := must(shm.NewArray[uint32](newMemory(b), 64))(b)
		beside(b, futexes, words)
		ask, answer := word(words, 0), word(words, 32)
		for n := uint32(1); b.Loop(); n++ {
			tell(ask, n)
			await(answer, n-1)
		}
	})
	b.Run("impl=fanfold-Event", func(b *testing.B) {
		m := newMemory(b)
		p := pair[*shm.Event]{must(shm.NewEvent(m))(b), must(shm.NewEvent(m))(b)}
		beside(b, events, p)
		for b.Loop() {
			p.Ask.Set()
			if err := p.Answer.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
			p.Answer.Clear()
		}
	})
	b.Run("impl=fanfold-Semaphore", func(b *testing.B) {
		m := newMemory(b)
		p := pair[*shm.Semaphore]{must(shm.NewSemaphore(m, 0))(b), must(shm.NewSemaphore(m, 0))(b)}
		beside(b, semaphores, p)
		for b.Loop() {
			p.Ask.Release(1)
			if err := p.Answer.Acquire(b.Context(), 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("impl=fanfold-Condition", func(b *testing.B) {
		m := newMemory(b)
		t := turns{must(shm.NewCondition(must(shm.NewLock(m))(b)))(b), must(shm.NewNumber(m, 0))(b)}
		beside(b, conditions, t)
		t.Condition.Lock().Lock()
		defer t.Condition.Lock().Unlock()
		for n := 1; b.Loop(); n += 2 {
			t.give(n)
			if err := t.await(b.Context(), n+1); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A pair is what wakes the other process, and what wakes this one.
type pair[T any] struct{ Ask, Answer T }

var events = ipc.Func("bench.events", func(ctx context.Context, p pair[*shm.Event]) (struct{}, error) {
	for {
		if err := p.Ask.Wait(ctx); err != nil {
			return struct{}{}, err
		}
		p.Ask.Clear()
		p.Answer.Set()
	}
})

var semaphores = ipc.Func("bench.semaphores", func(ctx context.Context, p pair[*shm.Semaphore]) (struct{}, error) {
	for {
		if err := p.Ask.Acquire(ctx, 1); err != nil {
			return struct{}{}, err
		}
		p.Answer.Release(1)
	}
})

// turns are a number that each of two processes makes larger in its turn.
type turns struct {
	Condition *shm.Condition
	Turn      *shm.Number[int]
}

// give makes the number n. await waits until it is n. Both have the lock.
func (t turns) give(n int) {
	t.Turn.Store(n)
	t.Condition.Notify(1)
}

func (t turns) await(ctx context.Context, n int) error {
	return t.Condition.WaitFor(ctx, func() bool { return t.Turn.Load() == n })
}

var conditions = ipc.Func("bench.conditions", func(ctx context.Context, t turns) (struct{}, error) {
	t.Condition.Lock().Lock()
	defer t.Condition.Lock().Unlock()
	for n := 1; ; n += 2 {
		if err := t.await(ctx, n); err != nil {
			return struct{}{}, err
		}
		t.give(n + 1)
	}
})

var futexes = ipc.Func("bench.futexes", func(ctx context.Context, words *shm.Array[uint32]) (struct{}, error) {
	ask, answer := word(words, 0), word(words, 32)
	for n := uint32(1); ; n++ {
		await(ask, n-1)
		tell(answer, n)
	}
})

func word(words *shm.Array[uint32], i int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&words.Slice()[i]))
}

// The operations of futex(2), among processes.
const (
	futexWait = 0
	futexWake = 1
)

func tell(word *atomic.Uint32, n uint32) {
	word.Swap(n)
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, 1, 0, 0, 0)
}

// await sleeps as long as the word is old.
func await(word *atomic.Uint32, old uint32) {
	for word.Load() == old {
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(old), 0, 0, 0)
	}
}
