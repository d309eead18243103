package concurrent_test

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

func TestSubmitFunc(t *testing.T) {
	pooled(t, "results", concurrent.PoolOptions{Workers: 1, Name: "p"}, func(t *testing.T, p *concurrent.Pool) {
		mustEnd(t, concurrent.SubmitFunc(background, p, func(context.Context) (int, error) { return 7, nil }), concurrent.Done, 7, nil)
		ctx, cancel := context.WithCancel(background)
		cancel()
		f := concurrent.SubmitFunc(ctx, p, func(context.Context) (int, error) { return 7, nil })
		require.Equal(t, concurrent.Canceled, f.State())
		var order []string
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		note := func(s string) func(context.Context) (int, error) {
			return func(context.Context) (int, error) { order = append(order, s); return 0, nil }
		}
		low := concurrent.SubmitFunc(background, p, note("low"))
		high := concurrent.SubmitFunc(background, p, note("high"), concurrent.SubmitOptions{Priority: 1, Name: "high"})
		close(release)
		mustEnd(t, low, concurrent.Done, 0, nil)
		mustEnd(t, high, concurrent.Done, 0, nil)
		assert.Equal(t, []string{"high", "low"}, order)
		balanced(t, p)
	})
	misuse(t, "SubmitFunc of a nil function", func() { concurrent.SubmitFunc[int](background, concurrent.NewPool(), nil) })
}

// A task that sets the labels of its goroutine sets them for itself only.
func TestPoolWorkerForgetsLabels(t *testing.T) {
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Name: "letters"})
	defer p.Close()
	labels := func() string {
		var b strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&b, 1)
		return b.String()
	}
	sets := func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(background, pprof.Labels("left", "behind")))
	}
	for name, task := range map[string]func(){
		"Submit": func() {
			concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) { sets(); return 0, nil })
		},
		"SubmitFunc": func() {
			concurrent.SubmitFunc(background, p, func(context.Context) (int, error) { sets(); return 0, nil })
		},
		"Go":        func() { _ = p.Go(background, sets) },
		"Go, panic": func() { _ = p.Go(background, func() { sets(); panic("labels") }) },
	} {
		t.Run(name, func(t *testing.T) {
			before := concurrent.SetFailureHook(func(concurrent.Failure) {})
			defer func() { concurrent.SetFailureHook(before) }()
			task()
			text, err := concurrent.SubmitFunc(background, p, func(context.Context) (string, error) { return labels(), nil }).Result(background)
			require.NoError(t, err)
			assert.NotContains(t, text, "behind", "labels of the task before")
			assert.Contains(t, text, "letters", "labels of the pool")
		})
	}
}

// Statistics print with the names of their numbers.
func TestStatsPrintNames(t *testing.T) {
	p := concurrent.NewPool(concurrent.PoolOptions{Workers: 3, Name: "letters"})
	defer p.Close()
	assert.Contains(t, fmt.Sprint(p.Stats()), "Name:letters Limit:3 Workers:0")
	assert.Contains(t, fmt.Sprint(concurrent.NewQueue[int](7).Stats()), "Len:0 MaxSize:7 Put:0")
	assert.Equal(t, "{Contended:0 Canceled:0 Handovers:0 Waiting:0}", fmt.Sprint(new(concurrent.Lock).Stats()))
}
