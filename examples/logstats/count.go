package main

import (
	"context"

	"github.com/fanfold/fanfold/examples/logstats/accesslog"
	"github.com/fanfold/fanfold/functional/par"
)

// count counts what is in the pieces. On an error, which may be the end of ctx, it
// returns what was counted until then, too.
func (j *job) count(ctx context.Context) (*accesslog.Stats, error) {
	total := accesslog.NewStats()
	counted := par.MapSeq(ctx, pieces(j.logs, pieceSize, j.times), j.countPiece, par.Options{Workers: j.workers, Unordered: true})
	for stats, err := range counted {
		if err != nil {
			return total, err
		}
		total.Merge(stats)
	}
	return total, nil
}

// countPiece counts what is in one piece.
func (j *job) countPiece(_ context.Context, p piece) (stats *accesslog.Stats, err error) {
	err = p.read(func(text []byte) { stats = accesslog.Count(text, j.keep) })
	if stats == nil {
		stats = accesslog.NewStats()
	}
	j.done.Add(p.length)
	return stats, err
}
