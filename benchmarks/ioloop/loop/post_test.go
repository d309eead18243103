package loop_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/fanfold/fanfold/ioloop"
)

// BenchmarkBurst posts functions as fast as they run. BenchmarkAlone posts one to a loop that
// sleeps, and measures until it runs: an operation's time is the median.
func BenchmarkBurst(b *testing.B) {
	b.Run("impl=fanfold", func(b *testing.B) { burst(b, startLoop(b)) })
	b.Run("impl=channel", func(b *testing.B) { burst(b, startChannel(b)) })
}

func BenchmarkAlone(b *testing.B) {
	b.Run("impl=fanfold", func(b *testing.B) { alone(b, startLoop(b)) })
	b.Run("impl=channel", func(b *testing.B) { alone(b, startChannel(b)) })
}

// startLoop returns the method of a loop that runs.
func startLoop(b *testing.B) func(func()) {
	loop, err := ioloop.New()
	if err != nil {
		b.Skip(err)
	}
	done := make(chan error)
	go func() { done <- loop.Run(context.Background()) }()
	b.Cleanup(func() {
		loop.Stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
		loop.Close()
	})
	ctx := context.Background()
	return func(f func()) {
		if err := loop.Post(ctx, f); err != nil {
			b.Error(err)
		}
	}
}

// startChannel returns a function that sends to a goroutine that calls what it gets.
func startChannel(b *testing.B) func(func()) {
	functions := make(chan func(), 1024)
	go func() {
		for f := range functions {
			f()
		}
	}()
	b.Cleanup(func() { close(functions) })
	return func(f func()) { functions <- f }
}

func burst(b *testing.B, post func(func())) {
	n := 0
	count := func() { n++ }
	for b.Loop() {
		post(count)
	}
	ran := make(chan struct{})
	post(func() { close(ran) })
	<-ran
	if n != b.N {
		b.Errorf("%d functions of %d ran", n, b.N)
	}
}

// asleep is how long a loop has to fall asleep.
const asleep = 300 * time.Microsecond

func alone(b *testing.B, post func(func())) {
	var times []time.Duration
	ran := make(chan time.Duration)
	for b.Loop() {
		time.Sleep(asleep)
		begin := time.Now()
		post(func() {
			took := time.Since(begin)
			go func() { ran <- took }()
		})
		times = append(times, <-ran)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "ns/op")
}
