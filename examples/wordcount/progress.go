package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/examples/wordcount/words"
)

// A progress shows how far a carrier has come. It need not know the carrier: it
// stands between the call and whatever carries it.
type progress struct {
	carrier string
	all     input
	console *console
	begin   time.Time
	files   atomic.Int64
	bytes   atomic.Int64
	stop    func() // takes the line away
}

// newProgress starts to show a line until stop is called.
func newProgress(carrier string, all input, c *console) *progress {
	p := &progress{carrier: carrier, all: all, console: c, begin: time.Now()}
	halt := func() {}
	if c.terminal {
		halt = every(100*time.Millisecond, func() { c.show(p.line(time.Since(p.begin))) })
	}
	p.stop = func() { halt(); c.show("") }
	return p
}

// watch returns count with its results added to p.
func (p *progress) watch(count mapper) mapper {
	return func(ctx context.Context, shard []string) (words.Totals, error) {
		t, err := count(ctx, shard)
		if err == nil {
			p.files.Add(int64(t.Files + len(t.Unread)))
			p.bytes.Add(t.Bytes)
		}
		return t, err
	}
}

// line is what is to be seen after so much time.
func (p *progress) line(elapsed time.Duration) string {
	files, bytes := p.files.Load(), p.bytes.Load()
	text := fmt.Sprintf("%s: %d of %d files", p.carrier, files, p.all.files)
	if bytes == 0 || elapsed <= 0 {
		return text
	}
	speed := float64(bytes) / elapsed.Seconds()
	left := time.Duration(float64(max(p.all.bytes-bytes, 0)) / speed * float64(time.Second))
	return fmt.Sprintf("%s, %.0f MB/s, %v left", text, speed/1e6, left.Round(time.Second))
}

// every calls f once in every interval until the function it returns is called,
// which waits for a last call of f to end.
func every(interval time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	})
	return func() { close(done); running.Wait() }
}
