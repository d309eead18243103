package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/wordcount/words"
)

// A progress shows how far a carrier has come. It need not know the carrier: it
// stands between the call and whatever carries it.
type progress struct {
	carrier string
	all     input
	files   atomic.Int64
	bytes   atomic.Int64
	stop    func() // takes the line away
}

// newProgress starts to show a line until stop is called.
func newProgress(carrier string, all input, c *console.Console) *progress {
	p := &progress{carrier: carrier, all: all}
	p.stop = c.Progress(p.line)
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
	return fmt.Sprintf("%s: %d of %d files", p.carrier, p.files.Load(), p.all.files) +
		console.Rate(p.bytes.Load(), p.all.bytes, elapsed)
}
