package concurrent_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

func TestWaitGroup(t *testing.T) {
	t.Run("counts nothing", func(t *testing.T) {
		var wg concurrent.WaitGroup
		wg.Wait()
		want(t, "wait", wg.WaitContext(t.Context()), nil)
		wg.Add(0)
		wg.Wait()
	})
	bubble(t, "waits for all", func(t *testing.T) {
		var wg concurrent.WaitGroup
		var passed atomic.Int32
		wg.Add(3)
		for range 2 {
			go func() { wg.Wait(); passed.Add(1) }()
			go func() { want(t, "wait", wg.WaitContext(t.Context()), nil); passed.Add(1) }()
		}
		for range 2 {
			wg.Done()
			synctest.Wait()
			want(t, "passed early", passed.Load(), 0)
		}
		wg.Done()
		synctest.Wait()
		want(t, "passed", passed.Load(), 4)
	})
	bubble(t, "several at once", func(t *testing.T) {
		var wg concurrent.WaitGroup
		var passed atomic.Bool
		wg.Add(5)
		go func() { wg.Wait(); passed.Store(true) }()
		wg.Add(-4)
		wg.Add(2)
		synctest.Wait()
		want(t, "passed early", passed.Load(), false)
		wg.Add(-3)
		synctest.Wait()
		want(t, "passed", passed.Load(), true)
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
			want(t, "wait for the next round", wg.WaitContext(within(t, time.Second)), errGaveUp)
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
		want(t, "wait", wg.WaitContext(within(t, 2500*time.Millisecond)), errGaveUp)
		want(t, "ended meanwhile", ended.Load(), 3)
		wg.Wait()
		want(t, "ended", ended.Load(), 5)
	})
	t.Run("Go of a Goexit", func(t *testing.T) {
		var wg concurrent.WaitGroup
		wg.Go(runtime.Goexit)
		wg.Wait()
	})
	t.Run("context ended on entry", func(t *testing.T) {
		var wg concurrent.WaitGroup
		want(t, "nothing counted", wg.WaitContext(endedContext(t)), errGaveUp)
		wg.Add(1)
		want(t, "something counted", wg.WaitContext(endedContext(t)), errGaveUp)
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
			want(t, "wait", wg.WaitContext(ctx), nil)
			wg.Done()
			want(t, "wait", <-stays, nil)
		}
	})
	bubble(t, "ended just before it parks", func(t *testing.T) {
		for n := 1; n <= 2; n++ {
			var wg concurrent.WaitGroup
			wg.Add(1)
			want(t, "wait", wg.WaitContext(&askedContext{t.Context(), n, wg.Done}), nil)
		}
	})
	t.Run("misuse", func(t *testing.T) {
		var wg concurrent.WaitGroup
		misuse(t, "below zero", wg.Done)
		wg.Add(2)
		misuse(t, "below zero", func() { wg.Add(-3) })
		misuse(t, "below zero", func() { wg.Add(math.MinInt) })
		misuse(t, "nil function", func() { wg.Go(nil) })
		want(t, "wait", wg.WaitContext(within(t, 0)), errGaveUp)
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
			if _, failed := errors.AsType[*exec.ExitError](err); !failed {
				t.Errorf("the process ended with %v, want a crash", err)
			}
			for _, s := range []string{"panic: boom", "waitgroup_test.go"} {
				if !bytes.Contains(out, []byte(s)) {
					t.Errorf("the crash does not show %q:\n%s", s, out)
				}
			}
		})
	}
}

// Counting up and down from many goroutines at once, with waiters that come and
// give up: nobody passes while something is counted that it must wait for.
func TestWaitGroupStorm(t *testing.T) {
	for range 20 {
		var wg, workers concurrent.WaitGroup
		var open atomic.Int64
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
						t.Error("passed while one was counted all the time")
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
		wg.Done()
		want(t, "open when it passed", <-passed, 0)
	}
}

// Every round's waiters are released, however the rounds follow each other.
func TestWaitGroupRounds(t *testing.T) {
	var wg, all concurrent.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				wg.Add(1)
				go wg.Done()
				wg.Wait() // another's round may be what it waits for, and ends too
			}
		})
	}
	all.Wait()
	wg.Wait()
}
