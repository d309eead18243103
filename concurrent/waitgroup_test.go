package concurrent_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

func TestWaitGroup(t *testing.T) {
	t.Run("counts nothing", func(t *testing.T) {
		var wg concurrent.WaitGroup
		wg.Wait()
		assert.NoError(t, wg.WaitContext(t.Context()), "wait")
		wg.Add(0)
		wg.Wait()
	})
	bubble(t, "waits for all", func(t *testing.T) {
		var wg concurrent.WaitGroup
		var passed atomic.Int32
		wg.Add(3)
		for range 2 {
			go func() { wg.Wait(); passed.Add(1) }()
			go func() { assert.NoError(t, wg.WaitContext(t.Context()), "wait"); passed.Add(1) }()
		}
		for range 2 {
			wg.Done()
			synctest.Wait()
			assert.Zero(t, passed.Load(), "passed early")
		}
		wg.Done()
		synctest.Wait()
		assert.Equal(t, int32(4), passed.Load(), "passed")
	})
	bubble(t, "several at once", func(t *testing.T) {
		var wg concurrent.WaitGroup
		var passed atomic.Bool
		wg.Add(5)
		go func() { wg.Wait(); passed.Store(true) }()
		wg.Add(-4)
		wg.Add(2)
		synctest.Wait()
		assert.False(t, passed.Load(), "passed early")
		wg.Add(-3)
		synctest.Wait()
		assert.True(t, passed.Load(), "passed")
	})
	// Those of one round are released by its end, although the next has begun
	// before they run.
	bubble(t, "used again", func(t *testing.T) {
		var wg concurrent.WaitGroup
		for range 50 {
			released := make(chan bool)
			wg.Add(1)
			go func() { wg.Wait(); close(released) }()
			synctest.Wait()
			wg.Done()
			wg.Add(1)
			<-released
			assert.Equal(t, errGaveUp, wg.WaitContext(within(t, time.Second)), "wait for the next round")
			wg.Done()
		}
	})
	bubble(t, "Go", func(t *testing.T) {
		var wg concurrent.WaitGroup
		var ended atomic.Int32
		for i := range 5 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				ended.Add(1)
			})
		}
		assert.Equal(t, errGaveUp, wg.WaitContext(within(t, 2500*time.Millisecond)), "wait")
		assert.Equal(t, int32(3), ended.Load(), "ended meanwhile")
		wg.Wait()
		assert.Equal(t, int32(5), ended.Load(), "ended")
	})
	t.Run("Go of a Goexit", func(t *testing.T) {
		var wg concurrent.WaitGroup
		wg.Go(runtime.Goexit)
		wg.Wait()
	})
	t.Run("context ended on entry", func(t *testing.T) {
		var wg concurrent.WaitGroup
		assert.Equal(t, errGaveUp, wg.WaitContext(endedContext(t)), "nothing counted")
		wg.Add(1)
		assert.Equal(t, errGaveUp, wg.WaitContext(endedContext(t)), "something counted")
	})
	bubble(t, "success wins", func(t *testing.T) {
		for range 64 {
			var wg concurrent.WaitGroup
			wg.Add(1)
			stays := make(chan error, 1)
			ctx := newLateContext(t, func() {
				wg.Done()
				wg.Add(1)
				go func() { stays <- wg.WaitContext(t.Context()) }()
				synctest.Wait()
			})
			assert.NoError(t, wg.WaitContext(ctx), "wait")
			wg.Done()
			assert.NoError(t, <-stays, "wait")
		}
	})
	bubble(t, "ended just before it parks", func(t *testing.T) {
		for n := 1; n <= 2; n++ {
			var wg concurrent.WaitGroup
			wg.Add(1)
			assert.NoError(t, wg.WaitContext(&askedContext{t.Context(), n, wg.Done}), "wait")
		}
	})
	t.Run("misuse", func(t *testing.T) {
		var wg concurrent.WaitGroup
		misuse(t, "below zero", wg.Done)
		wg.Add(2)
		misuse(t, "below zero", func() { wg.Add(-3) })
		misuse(t, "below zero", func() { wg.Add(math.MinInt) })
		misuse(t, "nil function", func() { wg.Go(nil) })
		assert.Equal(t, errGaveUp, wg.WaitContext(within(t, 0)), "wait")
		wg.Add(-2) // what was refused has counted nothing
		wg.Wait()
	})
}

// A panic of what was started, and nobody waits for directly, ends the process:
// those who wait for its end must not go on.
func TestPanicsCrash(t *testing.T) {
	const name = "FANFOLD_TEST_CRASH"
	cases := map[string]func(boom func()){
		"WaitGroup": func(boom func()) {
			var wg concurrent.WaitGroup
			wg.Go(boom)
			wg.Wait()
		},
		"Timer": func(boom func()) {
			timer := concurrent.NewTimer(0, boom)
			timer.Start()
			_ = timer.Join(context.Background())
		},
		"Every": func(boom func()) {
			timer := concurrent.Every(context.Background(), 1, func(context.Context) { boom() })
			_ = timer.Join(context.Background())
		},
	}
	if f := cases[os.Getenv(name)]; f != nil {
		f(func() { panic("boom") })
		os.Exit(0)
	}
	for what := range cases {
		t.Run(what, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestPanicsCrash$")
			cmd.Env = append(os.Environ(), name+"="+what)
			out, err := cmd.CombinedOutput()
			var crash *exec.ExitError
			require.ErrorAs(t, err, &crash)
			for _, s := range []string{"panic: boom", "waitgroup_test.go"} {
				assert.Contains(t, string(out), s, "what the crash shows")
			}
		})
	}
}

// Counting up and down from many goroutines at once, with waiters that come and
// give up: nobody passes while something is counted that it must wait for.
func TestWaitGroupStorm(t *testing.T) {
	for range 20 {
		var wg, workers concurrent.WaitGroup
		var open, early atomic.Int64
		wg.Add(1)
		for range 4 {
			workers.Go(func() {
				for range 200 {
					wg.Add(1)
					open.Add(1)
					runtime.Gosched()
					open.Add(-1)
					wg.Done()
				}
			})
			workers.Go(func() {
				for range 50 {
					ctx, cancel := context.WithCancel(t.Context())
					if rand.IntN(2) == 0 {
						go cancel()
					} else {
						cancel()
					}
					if wg.WaitContext(ctx) == nil {
						early.Add(1)
					}
					cancel()
				}
			})
		}
		passed := make(chan int64)
		go func() {
			wg.Wait()
			passed <- open.Load()
		}()
		workers.Wait()
		assert.Zero(t, early.Load(), "passed while one was counted all the time")
		wg.Done()
		assert.Zero(t, <-passed, "open when it passed")
	}
}

// Every round's waiters are released, however the rounds follow each other.
func TestWaitGroupRounds(t *testing.T) {
	var wg, all concurrent.WaitGroup
	var released atomic.Int64
	for range 4 {
		all.Go(func() {
			for range 500 {
				wg.Add(1)
				go wg.Done()
				wg.Wait() // another's round may be what it waits for, and ends too
				released.Add(1)
			}
		})
	}
	all.Wait()
	wg.Wait()
	assert.Equal(t, int64(4*500), released.Load(), "waits that ended")
}
