package concurrent_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A task goes to a worker that is free, and not to one that is still in its
// Initializer: that one may be slow, or wait for the task.
func TestPoolIdleWorkerBesideInitializer(t *testing.T) {
	for name, spin := range map[string]time.Duration{"parked": time.Second, "just done": 0} {
		bubble(t, name, func(t *testing.T) {
			var starts atomic.Int32
			taken := make(chan struct{})
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: 2, Initializer: func() error {
				if starts.Add(1) == 2 {
					<-taken
				}
				return nil
			}})
			defer p.Close()
			release := make(chan struct{})
			first := concurrent.Submit(background, p, release, hold)
			synctest.Wait()
			second := concurrent.Submit(background, p, 0, func(context.Context, int) (int, error) { return 2, nil })
			synctest.Wait()
			require.EqualValues(t, 2, starts.Load(), "workers started for two tasks")
			close(release)
			mustEnd(t, first, concurrent.Done, 1, nil)
			mustEnd(t, second, concurrent.Done, 2, nil) // by the first worker
			time.Sleep(spin)
			third := concurrent.Submit(background, p, 0, func(context.Context, int) (int, error) { return 3, nil })
			synctest.Wait()
			assert.Equal(t, concurrent.Done, third.State(), "a task beside an idle worker waits for an Initializer")
			balanced(t, p)
			close(taken)
		})
	}
}

// Workers start side by side, so that an Initializer that is slow costs its time once.
func TestPoolStartsSideBySide(t *testing.T) {
	for name, pause := range map[string]time.Duration{"burst": 0, "one by one": time.Millisecond} {
		bubble(t, name, func(t *testing.T) {
			const workers = 8
			p := concurrent.NewPool(concurrent.PoolOptions{Workers: workers, Initializer: func() error {
				time.Sleep(time.Second)
				return nil
			}})
			defer p.Close()
			start := time.Now()
			var fs []*concurrent.Future[int]
			for i := range workers {
				fs = append(fs, concurrent.Submit(background, p, i, square))
				time.Sleep(pause)
			}
			for i, f := range fs {
				mustEnd(t, f, concurrent.Done, i*i, nil)
			}
			assert.Less(t, time.Since(start), 2*time.Second+workers*time.Millisecond, "eight workers with an Initializer of 1 s, and a task of 1 s each")
		})
	}
}
