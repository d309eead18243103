package conformance

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/stretchr/testify/assert"
)

type queue interface {
	Put(ctx context.Context, v int) error
	TryPut(v int) error
	Get(ctx context.Context) (int, error)
	TryGet() (int, error)
	Len() int
	Shutdown(immediate bool)
}

// items is the state of a queue: a rune for each item, so that it can be compared.
type items struct {
	held string
	over bool
}

const unbounded = 1 << 20

// queueModel is a queue of size items that are taken at the place that next says.
func queueModel(size int, next func(held []rune) int) model[items] {
	return model[items]{step: func(s items, c call, a answer) (items, bool) {
		held := []rune(s.held)
		switch c.do {
		case "put", "try put":
			switch a.err {
			case "":
				return items{s.held + string(rune(c.n)), false}, !s.over && len(held) < size
			case no:
				return s, !s.over && len(held) >= size && c.do == "try put"
			}
			return s, s.over
		case "get", "try get":
			switch a.err {
			case "":
				if len(held) == 0 {
					return s, false
				}
				i := next(held)
				s.held = string(held[:i]) + string(held[i+1:])
				return s, held[i] == rune(a.n)
			case no:
				return s, !s.over && len(held) == 0 && c.do == "try get"
			}
			return s, s.over && len(held) == 0
		case "len":
			return s, a.n == len(held)
		case "shutdown":
			s.over = true
			if c.n == 1 {
				s.held = ""
			}
			return s, true
		}
		panic(c.do)
	}}
}

// kinds are the queues with the place of the item that is next.
var kinds = []struct {
	name string
	make func(size int) queue
	next func(held []rune) int
}{
	{"Queue", func(size int) queue { return concurrent.NewQueue[int](size) }, oldest},
	{"LifoQueue", func(size int) queue { return concurrent.NewLifoQueue[int](size) }, func(held []rune) int { return len(held) - 1 }},
	{"PriorityQueue", func(size int) queue { return concurrent.NewPriorityQueue(size, cmp.Compare[int]) }, func(held []rune) int {
		least := 0
		for i, v := range held {
			if v < held[least] {
				least = i
			}
		}
		return least
	}},
}

func oldest([]rune) int { return 0 }

// The methods of a queue as calls.
func (c *client) put(ctx context.Context, q queue, v int) answer {
	return c.call("put", v, func() answer { return answerOf(0, q.Put(ctx, v)) })
}

func (c *client) tryPut(q queue, v int) answer {
	return c.call("try put", v, func() answer { return answerOf(0, q.TryPut(v)) })
}

func (c *client) get(ctx context.Context, q queue) answer {
	return c.call("get", 0, func() answer { return answerOf(q.Get(ctx)) })
}

func (c *client) tryGet(q queue) answer {
	return c.call("try get", 0, func() answer { return answerOf(q.TryGet()) })
}

// drain takes what is left.
func (c *client) drain(q queue) {
	for c.tryGet(q).err == "" {
	}
	c.call("len", 0, func() answer { return answer{n: q.Len()} })
}

// fickle makes calls that may not take effect, and then undoes those that did: the
// others, who put as many items as they get, still come to an end.
func (c *client) fickle(q queue, n int, next func() int) {
	for range n {
		ctx, cancel := c.impatient()
		var a answer
		put := false
		switch c.IntN(5) {
		case 0:
			a, put = c.tryPut(q, next()), true
		case 1:
			a = c.tryGet(q)
		case 2:
			a, put = c.put(ctx, q, next()), true
		case 3:
			a = c.get(ctx, q)
		default:
			c.call("len", 0, func() answer { return answer{n: q.Len()} })
			a.err = no
		}
		cancel()
		switch {
		case a.err != "":
		case put:
			c.get(context.Background(), q)
		default:
			c.put(context.Background(), q, next())
		}
	}
}

// numbers returns a function that returns 1, 2, 3, ….
func numbers() func() int {
	var last atomic.Int64
	return func() int { return int(last.Add(1)) }
}

// TestQueues has as many puts as gets that wait, and others that come and go.
func TestQueues(t *testing.T) {
	for _, k := range kinds {
		for _, size := range []int{1, 3, -1} {
			t.Run(fmt.Sprintf("%s/%d", k.name, size), func(t *testing.T) {
				bound := size
				if bound < 0 {
					bound = unbounded
				}
				linearizable(t, queueModel(bound, k.next), func(r *round) func(*client) {
					q, next := k.make(size), numbers()
					for range 2 {
						r.client(func(c *client) {
							for range 6 {
								c.put(context.Background(), q, next())
							}
						})
						r.client(func(c *client) {
							for range 6 {
								c.get(context.Background(), q)
							}
						})
						r.client(func(c *client) { c.fickle(q, 4, next) })
					}
					return func(c *client) { c.drain(q) }
				})
			})
		}
	}
}

// TestQueueShutdown ends queues while others wait at them.
func TestQueueShutdown(t *testing.T) {
	for _, k := range kinds {
		for immediate, name := range []string{"left", "dropped"} {
			t.Run(k.name+"/"+name, func(t *testing.T) {
				const size = 2
				linearizable(t, queueModel(size, k.next), func(r *round) func(*client) {
					q, next := k.make(size), numbers()
					for range 2 {
						r.client(func(c *client) {
							for c.put(context.Background(), q, next()).err == "" && len(c.ops) < 8 {
							}
						})
						r.client(func(c *client) {
							for c.get(context.Background(), q).err == "" {
							}
						})
					}
					r.client(func(c *client) {
						for range c.IntN(30) {
							runtime.Gosched()
						}
						c.call("shutdown", immediate, func() answer { q.Shutdown(immediate == 1); return answer{} })
						c.tryPut(q, next())
					})
					return func(c *client) { c.drain(q) }
				})
			})
		}
	}
}

// TestQueueLen has one goroutine that puts one item and takes it, as fast as it
// can, and another that looks: a length that is not of one moment would be two.
func TestQueueLen(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			q := k.make(8)
			ctx, cancel := context.WithTimeout(context.Background(), *budget/2)
			defer cancel()
			var passing sync.WaitGroup
			passing.Go(func() {
				for ctx.Err() == nil {
					if q.TryPut(1) != nil {
						assert.Fail(t, "no room in an empty queue")
						return
					}
					if _, err := q.TryGet(); err != nil {
						assert.NoError(t, err, "with an item in the queue")
						return
					}
				}
			})
			for ctx.Err() == nil {
				if n := q.Len(); n < 0 || n > 1 {
					assert.Fail(t, "there never is more than one item", "but there are %d", n)
					break
				}
			}
			passing.Wait()
		})
	}
}
