package main

import (
	"context"
	"math"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// CountWords is words.Count in other processes. Counting changes nothing, so a
// call whose worker was killed is simply made again.
var CountWords = ipc.Func("wordcount.Count", words.Count, ipc.FuncOptions{Idempotent: true})

// count counts the words of all shards on one carrier.
func (j *job) count(ctx context.Context, carrier string) (words.Totals, error) {
	count, workers := words.Count, j.workers
	switch carrier {
	case "loop":
		workers = 1
	case "processes":
		pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: workers, Launch: ipc.Launch{MaxMessage: math.MaxInt32}})
		if err != nil {
			return words.Totals{}, err
		}
		defer pool.Close()
		count = CountWords.On(pool)

		if j.kill > 0 {
			k := newKiller(pool, j.kill, len(j.shards), j.console)
			defer k.stop()
			count = k.watch(count)
		}
	}

	p := newProgress(carrier, j.input, j.console)
	defer p.stop()
	count = p.watch(count)

	// An interrupt ends the counting but not the merging: what was counted
	// until then is the partial result that AllErrors asks for.
	counting, merging := ctx, context.WithoutCancel(ctx)
	return par.MapReduce(merging, j.shards, under(counting, count), words.Merge,
		par.Options{Workers: workers, AllErrors: true})
}

// A mapper is what words.Count is, and what On makes of it.
type mapper = func(context.Context, []string) (words.Totals, error)

// under returns count with ctx in the place of the ctx it is called with.
func under(ctx context.Context, count mapper) mapper {
	return func(_ context.Context, shard []string) (words.Totals, error) { return count(ctx, shard) }
}
