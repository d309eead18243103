package conformance

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A contest is what goroutines of several processes fight over: one of its objects, or
// only the processors.
type contest struct {
	Start     *shm.Barrier
	Lasts     time.Duration
	Lock      *shm.Lock
	Semaphore *shm.Semaphore
	RWLock    *shm.RWLock
	Queue     *shm.Queue[int]
}

// Four processes have four contestants each.
const (
	contestingProcesses = 4
	contestants         = 4
)

// A score is how often one of the contestants got it, and how long it waited at most.
type score struct {
	Got     int64
	Longest time.Duration
}

var fight = ipc.Func("conformance.fight", func(ctx context.Context, c contest) ([]score, error) {
	if _, err := c.Start.Wait(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Lasts)
	defer cancel()
	once := c.once(ctx)
	scores := make([]score, contestants)
	var all sync.WaitGroup
	for i := range scores {
		all.Go(func() {
			for begin := time.Now(); once(); {
				end := time.Now()
				scores[i].Got++
				scores[i].Longest = max(scores[i].Longest, end.Sub(begin))
				begin = end
			}
		})
	}
	all.Wait()
	return scores, nil
})

// once returns what takes the object and gives it back. It returns false when ctx has
// ended.
func (c contest) once(ctx context.Context) func() bool {
	switch {
	case c.Lock != nil:
		return locked(ctx, c.Lock)
	case c.RWLock != nil:
		return locked(ctx, c.RWLock)
	case c.Semaphore != nil:
		return func() bool {
			if c.Semaphore.Acquire(ctx, 1) != nil {
				return false
			}
			c.Semaphore.Release(1)
			return true
		}
	case c.Queue != nil:
		return func() bool { _, err := c.Queue.Get(ctx); return err == nil }
	}
	return func() bool { return ctx.Err() == nil }
}

func locked(ctx context.Context, l interface {
	LockContext(context.Context) error
	Unlock()
}) func() bool {
	return func() bool {
		if l.LockContext(ctx) != nil {
			return false
		}
		l.Unlock()
		return true
	}
}

// TestFairnessAmongProcesses is TestFairness for sixteen goroutines of four processes.
func TestFairnessAmongProcesses(t *testing.T) {
	t.Run("Lock", func(t *testing.T) {
		fairAmong(t, func(m *shm.Memory) contest { return contest{Lock: made(shm.NewLock(m))} })
	})
	t.Run("Semaphore", func(t *testing.T) {
		fairAmong(t, func(m *shm.Memory) contest { return contest{Semaphore: made(shm.NewSemaphore(m, 1))} })
	})
	t.Run("RWLock", func(t *testing.T) {
		fairAmong(t, func(m *shm.Memory) contest { return contest{RWLock: made(shm.NewRWLock(m))} })
	})
	t.Run("Queue", func(t *testing.T) {
		fairAmong(t, func(m *shm.Memory) contest {
			q := made(shm.NewQueue[int](m, 16))
			go func() { // until the memory is closed
				for q.Put(context.Background(), 1) == nil {
				}
			}()
			return contest{Queue: q}
		})
	})
}

// longest is how long one may wait. A short run among others on a busy machine says
// little.
func longest() time.Duration {
	if effort.Long() {
		return 100 * time.Millisecond
	}
	return time.Second
}

// fairAmong checks the scores as fair does.
func fairAmong(t *testing.T, begin func(*shm.Memory) contest) {
	t.Helper()
	var scores []score
	for _, d := range []time.Duration{*fairness, 5 * *fairness} {
		scores = contend(t, d, begin)
		sum, wait := int64(0), time.Duration(0)
		for _, s := range scores {
			sum += s.Got
			wait = max(wait, s.Longest)
		}
		byGot := func(a, b score) int { return int(a.Got - b.Got) }
		mean := float64(sum) / float64(len(scores))
		least, most := float64(slices.MinFunc(scores, byGot).Got)/mean, float64(slices.MaxFunc(scores, byGot).Got)/mean
		t.Logf("in %v: the least got %.0f %% of the mean, the most %.0f %%, %.0f ns each; the longest wait took %v",
			d, 100*least, 100*most, float64(d)/float64(sum), wait.Round(time.Microsecond))
		if least >= 0.25 && (wait <= longest() || wait <= busy(t, d)) {
			return
		}
	}
	assert.Fail(t, "one starves", "%v", scores)
}

// busy returns how long one of as many goroutines waits that share nothing: so long other
// programs keep the processors from them.
func busy(t *testing.T, d time.Duration) (wait time.Duration) {
	for _, s := range contend(t, d, func(*shm.Memory) contest { return contest{} }) {
		wait = max(wait, s.Longest)
	}
	t.Logf("on this machine one waits %v that shares nothing", wait.Round(time.Microsecond))
	return wait
}

// contend returns the scores of a contest that lasts so long.
func contend(t *testing.T, d time.Duration, begin func(*shm.Memory) contest) []score {
	t.Helper()
	m, err := shm.NewMemory()
	require.NoError(t, err)
	defer m.Close()
	pool, err := ipc.NewPool(t.Context(), ipc.PoolOptions{Workers: contestingProcesses})
	require.NoError(t, err)
	defer pool.Close()
	c := begin(m)
	c.Lasts = d
	c.Start, err = shm.NewBarrier(m, contestingProcesses)
	require.NoError(t, err)
	var (
		mu     sync.Mutex
		scores []score
		all    sync.WaitGroup
	)
	for range contestingProcesses {
		all.Go(func() {
			mine, err := fight.On(pool)(t.Context(), c)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			scores = append(scores, mine...)
		})
	}
	all.Wait()
	return scores
}
