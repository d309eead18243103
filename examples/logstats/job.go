package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/examples/internal/console"
)

// A job is one run of the program.
type job struct {
	options
	console *console.Console
	logs    []logFile
	times   int64 // how often the logs are read
	bytes   int64 // in all of that
	done    atomic.Int64
}

// run counts, writes the report to out and returns the exit status.
func (j *job) run(ctx context.Context, out io.Writer) (status int) {
	paths := j.options.logs
	if len(paths) == 0 {
		path, remove, err := j.ownLog(ctx)
		if err != nil {
			j.console.Printf("no LOG given, and none can be made: %v", err)
			return interrupted(ctx, 1)
		}
		defer remove()
		paths = []string{path}
	}
	logs, errs := open(paths)
	for _, log := range logs {
		defer log.Close()
	}
	for _, err := range errs {
		j.console.Printf("%v", err)
		status = 1
	}
	if len(logs) == 0 {
		return status
	}
	j.plan(logs)

	begin := time.Now()
	stop := j.console.Progress(func(elapsed time.Duration) string {
		done := j.done.Load()
		return fmt.Sprintf("%d of %d MB", done/1e6, j.bytes/1e6) + console.Rate(done, j.bytes, elapsed)
	})
	stats, err := j.count(ctx)
	stop()
	took := time.Since(begin)
	if err != nil {
		j.console.Printf("%v; what is printed is what was counted until then", err)
		status = interrupted(ctx, 1)
	}
	if stats.Requests == 0 && stats.Malformed > 0 {
		j.console.Printf("no line is a request in Common or Combined Log Format that the flags ask for; %d lines are malformed", stats.Malformed)
		status = max(status, 1)
	}
	if err := report(out, stats, j.top); err != nil {
		j.console.Printf("%v", err)
		status = max(status, 1)
	}
	j.console.Printf("read %.1f MB in %.2f s, %.0f MB/s, with %d workers",
		float64(j.done.Load())/1e6, took.Seconds(), float64(j.done.Load())/1e6/took.Seconds(), j.workers)
	return status
}

// plan says how often the logs are to be read.
func (j *job) plan(logs []logFile) {
	var once int64
	for _, log := range logs {
		once += log.size
	}
	j.logs = logs
	j.times = max(j.size/once, 1)
	if j.times*once < j.size {
		j.times++
	}
	j.bytes = j.times * once
}

// interrupted returns the status of an interrupt if there was one.
func interrupted(ctx context.Context, otherwise int) int {
	if ctx.Err() != nil {
		return 130
	}
	return otherwise
}
