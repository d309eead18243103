package par_test

import (
	"context"
	"iter"
	"testing"

	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
)

func TestMisuse(t *testing.T) {
	var (
		ctx  = t.Context()
		s    = []int{1}
		seq  = laws.Count(1)
		none iter.Seq[int]
		id   = func(_ context.Context, i int) (int, error) { return i, nil }
		add  = func(a, b int) int { return a + b }
		zero = func() int { return 0 }
		two  = []par.Options{{}, {}}
	)
	laws.Misuse(t, "par", map[string]func(){
		"Map":                   func() { par.Map[int, int](ctx, s, nil) },
		"ForEach":               func() { par.ForEach(ctx, s, nil) },
		"Filter":                func() { par.Filter(ctx, s, nil) },
		"MapChunks":             func() { par.MapChunks[int, int](ctx, s, nil) },
		"Reduce":                func() { par.Reduce(ctx, s, nil) },
		"SortFunc":              func() { par.SortFunc(ctx, s, nil) },
		"SortStableFunc":        func() { par.SortStableFunc(ctx, s, nil) },
		"Sort with two options": func() { par.Sort(ctx, s, par.Options{}, par.Options{}) },
		"TopK negative":         func() { par.TopK(ctx, s, -1) },
		"TopKFunc":              func() { par.TopKFunc(ctx, s, 1, nil) },
		"TopKFunc negative":     func() { par.TopKFunc(ctx, s, -1, add) },
		"GroupBy":               func() { par.GroupBy[int, int](ctx, s, nil) },
		"Distinct negative":     func() { par.Distinct(ctx, s, par.Options{Workers: -1}) },
		"DistinctBy":            func() { par.DistinctBy[int, int](ctx, s, nil) },
		"Fold init":             func() { par.Fold(ctx, s, nil, add, add) },
		"Fold f":                func() { par.Fold(ctx, s, zero, nil, add) },
		"Fold merge":            func() { par.Fold(ctx, s, zero, add, nil) },
		"MapReduce f":           func() { par.MapReduce(ctx, s, nil, add) },
		"MapReduce merge":       func() { par.MapReduce(ctx, s, id, nil) },
		"MapSeq":                func() { par.MapSeq[int, int](ctx, seq, nil) },
		"MapSeq of nil":         func() { par.MapSeq(ctx, none, id) },
		"Map, two options":      func() { par.Map(ctx, s, id, two...) },
		"MapSeq, two options":   func() { par.MapSeq(ctx, seq, id, two...) },
		"Map, negative Workers": func() { par.Map(ctx, s, id, par.Options{Workers: -1}) },
		"Map, negative Chunk":   func() { par.Map(ctx, nil, id, par.Options{Chunk: -1}) },
		"MapSeq, negative":      func() { par.MapSeq(ctx, seq, id, par.Options{Window: -1}) },
		"Range":                 func() { par.Range(ctx, 1, nil) },
		"Range negative":        func() { par.Range(ctx, -1, func(context.Context, int, int) error { return nil }) },
		"Range, two options":    func() { par.Range(ctx, 1, func(context.Context, int, int) error { return nil }, two...) },
	})
}
