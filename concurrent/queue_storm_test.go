package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/effort"
)

// Producers and consumers use all methods at random, contexts end at any time, the
// size changes, and at the end the queue is shut down among them. Every item that
// was put must have been taken once, dropped or left.
func TestQueueStorm(t *testing.T) {
	rounds := 25
	if testing.Short() || effort.Race {
		rounds = 6
	}
	for _, k := range queueKinds {
		for _, immediate := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/immediate=%v", k.name, immediate), func(t *testing.T) {
				for round := range rounds {
					queueStorm(t, k, immediate, uint64(round))
					if t.Failed() {
						return
					}
				}
			})
		}
	}
}

func queueStorm(t *testing.T, k queueKind, immediate bool, seed uint64) {
	const producers, consumers, each = 6, 6, 300
	q := k.make(1 + int(seed)%5)
	var put, got [producers][]int
	var mu sync.Mutex
	var producing, consuming sync.WaitGroup
	var lost atomic.Int64

	for p := range producers {
		producing.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(p)))
			for n := 0; n < each; {
				item := p*each + n
				ctx, stop := shaky(r)
				switch r.IntN(5) {
				case 0:
					err := q.TryPut(item)
					if err == nil {
						put[p] = append(put[p], item)
						n++
					} else {
						runtime.Gosched()
					}
				case 1:
					items := []int{item, item + 1, item + 2}[:min(3, each-n)]
					m, _ := q.PutAll(ctx, items)
					put[p] = append(put[p], items[:m]...)
					n += m
				default:
					err := q.Put(ctx, item)
					if err == nil {
						put[p] = append(put[p], item)
						n++
					} else if e, ok := errors.AsType[*PutError[int]](err); !ok || e.Item != item {
						lost.Add(1)
					}
				}
				stop()
				if q.Stats().Shutdown {
					return
				}
			}
		})
	}
	for c := range consumers {
		consuming.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(100+c)))
			var mine []int
			buf := make([]int, 4)
			for {
				ctx, stop := shaky(r)
				var err error
				var v, n int
				switch r.IntN(5) {
				case 0:
					if v, err = q.TryGet(); err == nil {
						mine, n = append(mine, v), 1
					} else {
						runtime.Gosched()
					}
				case 1:
					n, err = q.GetMany(ctx, buf)
					mine = append(mine, buf[:n]...)
				case 2:
					select {
					case <-q.Ready():
						if v, err = q.TryGet(); err == nil {
							mine, n = append(mine, v), 1
						}
					case <-ctx.Done():
					}
				default:
					if v, err = q.Get(ctx); err == nil {
						mine, n = append(mine, v), 1
					}
				}
				stop()
				for range n {
					q.TaskDone()
				}
				if errors.Is(err, ErrClosed) {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for _, v := range mine {
				got[v/each] = append(got[v/each], v)
			}
		})
	}
	r := rand.New(rand.NewPCG(seed, 1000))
	for range 20 {
		q.SetMaxSize(1 + r.IntN(8))
		runtime.Gosched()
	}
	if immediate {
		for range r.IntN(1000) {
			runtime.Gosched()
		}
		q.Shutdown(true)
	}
	producing.Wait()
	q.Shutdown(false)
	consuming.Wait()
	assert.NoError(t, q.Join(context.Background()))

	s := q.Stats()
	puts, gots := 0, 0
	for p := range producers {
		puts += len(put[p])
		gots += len(got[p])
		slices.Sort(got[p])
		assert.Equal(t, len(got[p]), len(slices.Compact(slices.Clone(got[p]))), "seed %d: items taken of producer %d without those taken twice", seed, p)
		if !immediate {
			assert.Equal(t, put[p], got[p], "seed %d: items of producer %d", seed, p)
		}
	}
	want := QueueStats{MaxSize: s.MaxSize, Put: uint64(puts), Got: uint64(gots), Dropped: uint64(puts - gots), Shutdown: true}
	assert.Equal(t, want, s, "seed %d", seed)
	assert.Zero(t, lost.Load(), "seed %d", seed)
	if !immediate {
		assert.Zero(t, s.Dropped, "seed %d", seed)
	}
}

// shaky returns a context that may end, or have ended.
func shaky(r *rand.Rand) (context.Context, func()) {
	switch r.IntN(4) {
	case 0:
		ctx, cancel := context.WithCancel(context.Background())
		spin := r.IntN(20)
		go func() {
			for range spin {
				runtime.Gosched()
			}
			cancel()
		}()
		return ctx, cancel
	case 1:
		ctx, cancel := context.WithCancel(context.Background())
		if r.IntN(8) == 0 {
			cancel()
		}
		return ctx, cancel
	default:
		return context.Background(), func() {}
	}
}

// Those who only call Put and Get must all come to an end, whatever the number of
// goroutines and the size: no wake-up may be lost.
func TestQueueKeepsGoing(t *testing.T) {
	for _, k := range queueKinds {
		for _, size := range []int{1, 2, 128} {
			for _, n := range []int{1, 4, 32} {
				t.Run(fmt.Sprintf("%s/%d/%d×%d", k.name, size, n, n), func(t *testing.T) {
					q := k.make(size)
					each := 20000
					if effort.Race {
						each = 2000
					}
					var wg sync.WaitGroup
					var sum atomic.Int64
					for range n {
						wg.Go(func() {
							for i := range each / n {
								q.Put(context.Background(), i)
							}
						})
						wg.Go(func() {
							for range each / n {
								v, _ := q.Get(context.Background())
								sum.Add(int64(v))
							}
						})
					}
					wg.Wait()
					m := int64(each / n)
					assert.Equal(t, int64(n)*m*(m-1)/2, sum.Load())
					assert.Zero(t, q.Len())
				})
			}
		}
	}
}

// The items of each producer come out in their order.
func TestQueueOrderOfProducers(t *testing.T) {
	q := NewQueue[[2]int](3)
	const producers, each = 4, 5000
	for p := range producers {
		go func() {
			for i := range each {
				q.Put(context.Background(), [2]int{p, i})
			}
		}()
	}
	var next [producers]int
	for range producers * each {
		v, _ := q.Get(context.Background())
		require.Equal(t, next[v[0]], v[1], "the next of producer %d", v[0])
		next[v[0]]++
	}
}

// An empty queue keeps neither its items nor the room of a burst.
func TestQueueForgets(t *testing.T) {
	makes := map[string]func() *queueOf{
		"Queue":     func() *queueOf { return adapt(NewQueue[*[]byte](-1)) },
		"LifoQueue": func() *queueOf { return adapt(NewLifoQueue[*[]byte](-1)) },
		"PriorityQueue": func() *queueOf {
			return adapt(NewPriorityQueue(-1, func(a, b *[]byte) int { return len(*a) - len(*b) }))
		},
	}
	for name, make1 := range makes {
		t.Run(name, func(t *testing.T) {
			const n = 5000
			for how, take := range map[string]func(q *queueOf){
				"get": func(q *queueOf) {
					for range n {
						q.get()
					}
				},
				"many": func(q *queueOf) { q.many(n) },
				"drop": func(q *queueOf) { q.drop() },
			} {
				q := make1()
				items := make([]weak.Pointer[[]byte], n)
				for i := range items {
					v := new(make([]byte, 32))
					items[i] = weak.Make(v)
					q.put(v)
				}
				take(q)
				runtime.GC()
				kept := 0
				for _, w := range items {
					if w.Value() != nil {
						kept++
					}
				}
				assert.Zero(t, kept, "kept by %s", how)
				runtime.KeepAlive(q)
			}
		})
	}
}

// The room of a burst is given back when the burst is over.
func TestQueueGivesBack(t *testing.T) {
	type item = [1024]byte
	const n = 8192
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for name, q := range map[string]*Queue[item]{
		"Queue":         NewQueue[item](-1),
		"LifoQueue":     NewLifoQueue[item](n),
		"PriorityQueue": NewPriorityQueue(n, func(a, b item) int { return int(a[0]) - int(b[0]) }),
	} {
		before := heap()
		for range n {
			q.TryPut(item{})
		}
		require.GreaterOrEqual(t, heap(), before+n*1024/2, "the room of %d items in a %s", n, name)
		for range n {
			q.TryGet()
		}
		assert.LessOrEqual(t, heap(), before+n*1024/8, "a %s gives it back", name)
		runtime.KeepAlive(q)
	}
}

type queueOf struct {
	put  func(*[]byte)
	get  func()
	many func(n int)
	drop func()
}

func adapt(q *Queue[*[]byte]) *queueOf {
	return &queueOf{
		put:  func(v *[]byte) { q.TryPut(v) },
		get:  func() { q.TryGet() },
		many: func(n int) { q.GetMany(context.Background(), make([]*[]byte, n)) },
		drop: func() { q.Shutdown(true) },
	}
}
