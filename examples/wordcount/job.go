package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/internal/goroot"
	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/fanfold/fanfold/functional/par"
)

// A job is one run of the program.
type job struct {
	options
	input
	console *console.Console
}

// run counts, writes the result to out and returns the exit status.
func (j *job) run(ctx context.Context, out io.Writer) (status int) {
	dirs := j.dirs
	if len(dirs) == 0 {
		dir, err := goroot.Sources(ctx)
		if err != nil {
			j.console.Printf("no DIR given: %v", err)
			return interrupted(ctx, 1)
		}
		j.console.Printf("no DIR given: counting %s", dir)
		dirs = []string{dir}
	}
	files, errs := find(ctx, dirs)
	for _, err := range errs {
		j.console.Printf("%v", err)
		status = 1
	}
	switch {
	case ctx.Err() != nil:
		j.console.Printf("interrupted while it looked for files: nothing was counted")
		return 130
	case len(files) == 0:
		j.console.Printf("there is nothing to count")
		return 1
	}
	j.input = share(files, j.workers)

	totals, laps, err := j.race(ctx)
	for _, unread := range totals.Unread {
		j.console.Printf("%s", unread)
		status = 1
	}
	if err != nil {
		j.console.Printf("%v", err)
		status = interrupted(ctx, 1)
	}
	if len(laps) > 1 {
		j.console.Print(table(laps))
	}
	if err := report(out, &totals, j.top); err != nil {
		j.console.Printf("%v", err)
		status = max(status, 1)
	}
	return status
}

// interrupted returns the status of an interrupt if there was one.
func interrupted(ctx context.Context, otherwise int) int {
	if ctx.Err() != nil {
		return 130
	}
	return otherwise
}

// A lap is one carrier's way through all files.
type lap struct {
	carrier string
	took    time.Duration
}

// race counts on every chosen carrier in turn and returns the result of the
// first, which on an error may be partial, and the laps that were completed. It
// is an error if a carrier fails, is interrupted or comes to another result.
func (j *job) race(ctx context.Context) (first words.Totals, laps []lap, err error) {
	if len(j.carriers) > 1 {
		j.warmUp(ctx)
	}
	for i, carrier := range j.carriers {
		runtime.GC() // what one carrier leaves behind is not the next one's work
		begin := time.Now()
		totals, err := j.count(ctx, carrier)
		took := time.Since(begin)
		result := "the whole result of " + j.carriers[0]
		if i == 0 {
			first, result = totals, "this partial result"
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return first, laps, fmt.Errorf("interrupted: %s had counted %d of %d files; what is printed is %s",
				carrier, totals.Files, j.files, result)
		case err != nil:
			return first, laps, fmt.Errorf("%s counted %d of %d files, what is printed is %s: %w",
				carrier, totals.Files, j.files, result, err)
		}
		laps = append(laps, lap{carrier, took})
		if diff := difference(&first, &totals); diff != "" {
			return first, laps, fmt.Errorf("%s and %s disagree: %s", j.carriers[0], carrier, diff)
		}
	}
	return first, laps, nil
}

// warmUp counts everything once for nothing, so that the first carrier does not
// pay for a cold disk and make the others look fast.
func (j *job) warmUp(ctx context.Context) {
	par.ForEach(ctx, j.shards, func(ctx context.Context, shard []string) error {
		_, err := words.Count(ctx, shard)
		return err
	})
}
