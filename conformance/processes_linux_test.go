package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A part is what one process does in a round, with objects that others have too.
type part struct {
	Do      string
	Clients int // the number of its first client
	Start   *shm.Barrier

	Lock      *shm.Lock
	In        *shm.Array[critical]
	Semaphore *shm.Semaphore
	Queue     *shm.Queue[int]
	Event     *shm.Event
	Clearing  *shm.Number[int] // clients that may still clear the event
}

// A record is a call and its answer.
type record struct {
	Client     int
	Do         string
	N          int
	Begin, End int64 // of the system's monotonic clock, in nanoseconds
	Got        int
	Err        string
}

// processes is how many processes a round has, beside this one, and clients how many
// clients each has.
const (
	processes = 3
	clients   = 2
)

// play is a process's part of a round.
var play = ipc.Func("conformance.play", func(ctx context.Context, p part) ([]record, error) {
	failed := &complaints{}
	r := &round{t: failed, clock: monotonic, count: p.Clients}
	if _, err := p.Start.Wait(ctx); err != nil {
		return nil, err
	}
	for range clients {
		r.client(p.client())
	}
	r.finish()
	var records []record
	for _, op := range r.ops {
		in, out := op.Input.(call), op.Output.(answer)
		records = append(records, record{op.ClientId, in.do, in.n, op.Call, op.Return, out.n, out.err})
	}
	return records, failed.all
})

// handing says that a TryLock may fail that meets another call: the lock may be on its way
// to one who gives up.
const handing = 1

// client returns what a client does.
func (p part) client() func(*client) {
	switch p.Do {
	case "lock":
		in := &p.In.Slice()[0]
		return func(c *client) { c.lockOften(p.Lock, in, 5, handing) }
	case "acquire":
		return func(c *client) { c.acquireOften(p.Semaphore, 5) }
	case "wait":
		return func(c *client) { c.waitOften(p.Event, 5) }
	case "set":
		return func(c *client) {
			for range 5 {
				c.setOrClear(p.Event)
			}
			if p.Clearing.Add(-1) == 0 { // the others wait
				c.call("set", 0, func() answer { p.Event.Set(); return answer{} })
			}
		}
	case "queue":
		return func(c *client) {
			last := 100 * c.id
			next := func() int { last++; return last }
			for range 3 {
				if c.id%clients == 0 {
					c.put(context.Background(), p.Queue, next())
				} else {
					c.get(context.Background(), p.Queue)
				}
			}
			c.fickle(p.Queue, 2, next)
		}
	}
	panic(p.Do)
}

func (c *client) setOrClear(e *shm.Event) {
	switch c.IntN(3) {
	case 0:
		c.call("set", 0, func() answer { e.Set(); return answer{} })
	case 1:
		c.call("clear", 0, func() answer { e.Clear(); return answer{} })
	default:
		c.call("count", 0, func() answer {
			if e.IsSet() {
				return answer{}
			}
			return answer{n: 1}
		})
	}
}

// monotonic is a clock that all processes of a machine share.
func monotonic() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano())
}

// complaints stand in for a *testing.T in another process.
type complaints struct {
	mu  sync.Mutex
	all error
}

func (*complaints) Helper() {}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = errors.Join(c.all, fmt.Errorf(format, args...))
}

func (c *complaints) FailNow() { panic(c.all) }

// among plays rounds in several processes: begin makes their objects and says what each
// process does, and last is called when they are through.
func among[S comparable](t *testing.T, m model[S], begin func(memory *shm.Memory) (parts [processes]part, last func(c *client))) {
	t.Helper()
	memory, err := shm.NewMemory()
	require.NoError(t, err)
	defer memory.Close()
	pool, err := ipc.NewPool(t.Context(), ipc.PoolOptions{Workers: processes})
	require.NoError(t, err)
	defer pool.Close()
	linearizable(t, m, func(r *round) func(*client) {
		r.clock = monotonic
		parts, last := begin(memory)
		start, err := shm.NewBarrier(memory, processes)
		require.NoError(t, err)
		for i, p := range parts {
			p.Clients, p.Start = i*clients, start
			r.all.Go(func() {
				records, err := play.On(pool)(t.Context(), p)
				r.mu.Lock()
				defer r.mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				for _, c := range records {
					r.ops = append(r.ops, porcupine.Operation{
						ClientId: c.Client, Input: call{c.Do, c.N}, Call: c.Begin, Output: answer{n: c.Got, err: c.Err}, Return: c.End,
					})
				}
			})
		}
		r.count = processes * clients
		return last
	})
}

func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLockAmongProcesses(t *testing.T) {
	among(t, lockModel, func(m *shm.Memory) (parts [processes]part, last func(*client)) {
		l, in := made(shm.NewLock(m)), made(shm.NewArray[critical](m, 1))
		for i := range parts {
			parts[i] = part{Do: "lock", Lock: l, In: in}
		}
		return parts, func(c *client) {
			c.call("try lock", 0, func() answer { return tried(l.TryLock()) })
			c.call("unlock", 0, func() answer { l.Unlock(); return answer{} })
		}
	})
}

func TestSemaphoreAmongProcesses(t *testing.T) {
	among(t, semaphoreModel(3), func(m *shm.Memory) (parts [processes]part, last func(*client)) {
		s := made(shm.NewSemaphore(m, 3))
		for i := range parts {
			parts[i] = part{Do: "acquire", Semaphore: s}
		}
		return parts, func(c *client) { c.acquireAll(s, 3) }
	})
}

func TestEventAmongProcesses(t *testing.T) {
	among(t, eventModel, func(m *shm.Memory) (parts [processes]part, last func(*client)) {
		e, clearing := made(shm.NewEvent(m)), made(shm.NewNumber(m, clients))
		for i := range parts {
			parts[i] = part{Do: "wait", Event: e}
		}
		parts[0] = part{Do: "set", Event: e, Clearing: clearing}
		return parts, func(c *client) { c.call("wait", 0, func() answer { return answerOf(0, e.Wait(context.Background())) }) }
	})
}

// sharedQueueModel allows a TryPut to fail that meets another call: a place that is just
// filled or emptied is not free.
func sharedQueueModel(size int) model[items] {
	m := queueModel(size, oldest)
	strict := m.step
	m.step = func(s items, c call, a answer) (items, bool) {
		if c.do == "try put" && a.err == no && !a.alone {
			return s, !s.over
		}
		return strict(s, c, a)
	}
	return m
}

func TestQueueAmongProcesses(t *testing.T) {
	for _, size := range []int{1, 3} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			among(t, sharedQueueModel(size), func(m *shm.Memory) (parts [processes]part, last func(*client)) {
				q := made(shm.NewQueue[int](m, size))
				for i := range parts {
					parts[i] = part{Do: "queue", Queue: q}
				}
				return parts, func(c *client) { c.drain(q) }
			})
		})
	}
}
