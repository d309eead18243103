package try_test

import (
	"iter"
	"testing"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/try"
)

func TestMisuse(t *testing.T) {
	var (
		ctx     = t.Context()
		seq     = laws.Count(1)
		kv      = functional.Enumerate(seq)
		none    iter.Seq[int]
		noneKV  iter.Seq2[int, int]
		behind  = functional.ZipOptions{Ahead: -1}
		tryIs   = func(int) (bool, error) { return true, nil }
		trySame = func(i int) (int, error) { return i, nil }
		tryAdd  = func(a, b int) (int, error) { return a + b, nil }
	)
	laws.Misuse(t, "try", map[string]func(){
		"Filter":                func() { try.Filter(seq, nil) },
		"Filter of nil":         func() { try.Filter(none, tryIs) },
		"TakeWhile":             func() { try.TakeWhile(seq, nil) },
		"TakeWhile of nil":      func() { try.TakeWhile(none, tryIs) },
		"DropWhile":             func() { try.DropWhile(seq, nil) },
		"DropWhile of nil":      func() { try.DropWhile(none, tryIs) },
		"FilterMap":             func() { try.FilterMap[int, int](seq, nil) },
		"FilterMap of nil":      func() { try.FilterMap(none, func(i int) (int, bool, error) { return i, true, nil }) },
		"FlatMap":               func() { try.FlatMap[int, int](seq, nil) },
		"FlatMap of nil":        func() { try.FlatMap(none, func(int) (iter.Seq[int], error) { return nil, nil }) },
		"DistinctBy":            func() { try.DistinctBy[int, int](seq, nil) },
		"DistinctBy of nil":     func() { try.DistinctBy(none, trySame) },
		"Peek":                  func() { try.Peek(seq, nil) },
		"Peek of nil":           func() { try.Peek(none, func(int) error { return nil }) },
		"Reduce":                func() { try.Reduce(seq, nil) },
		"Reduce of nil":         func() { try.Reduce(none, tryAdd) },
		"Any":                   func() { try.Any(seq, nil) },
		"Any of nil":            func() { try.Any(none, tryIs) },
		"All":                   func() { try.All(seq, nil) },
		"All of nil":            func() { try.All(none, tryIs) },
		"Find":                  func() { try.Find(seq, nil) },
		"Find of nil":           func() { try.Find(none, tryIs) },
		"GroupBy":               func() { try.GroupBy[int, int](seq, nil) },
		"GroupBy of nil":        func() { try.GroupBy(none, trySame) },
		"CountBy":               func() { try.CountBy[int, int](seq, nil) },
		"CountBy of nil":        func() { try.CountBy(none, trySame) },
		"Partition":             func() { try.Partition(seq, nil) },
		"Partition of nil":      func() { try.Partition(none, tryIs) },
		"ToMap":                 func() { try.ToMap[int, int, int](seq, nil) },
		"ToMap of nil":          func() { try.ToMap(none, func(i int) (int, int, error) { return i, i, nil }) },
		"KeyBy":                 func() { try.KeyBy[int, int](seq, nil) },
		"KeyBy of nil":          func() { try.KeyBy(none, trySame) },
		"MinBy":                 func() { try.MinBy[int, int](seq, nil) },
		"MinBy of nil":          func() { try.MinBy(none, trySame) },
		"MaxBy":                 func() { try.MaxBy[int, int](seq, nil) },
		"MaxBy of nil":          func() { try.MaxBy(none, trySame) },
		"SortedBy":              func() { try.SortedBy[int, int](seq, nil) },
		"SortedBy of nil":       func() { try.SortedBy(none, trySame) },
		"Fold":                  func() { try.Fold(seq, 0, nil) },
		"Fold of nil":           func() { try.Fold(none, 0, tryAdd) },
		"Scan":                  func() { try.Scan(seq, 0, nil) },
		"Scan of nil":           func() { try.Scan(none, 0, tryAdd) },
		"Map2":                  func() { try.Map2[int, int, int](seq, seq, nil) },
		"Map2 second":           func() { try.Map2(seq, none, tryAdd) },
		"Map2 first":            func() { try.Map2(none, seq, tryAdd) },
		"Map2 reading":          func() { try.Map2(seq, seq, tryAdd, behind) },
		"Indexed":               func() { try.Indexed[int](nil) },
		"Skip":                  func() { try.Skip(try.Map(seq, trySame), nil) },
		"Skip of nil":           func() { try.Skip[int](nil, func(error) {}) },
		"Accumulate":            func() { try.Accumulate(seq, nil) },
		"Accumulate of nil":     func() { try.Accumulate(none, tryAdd) },
		"Iterate":               func() { try.Iterate(1, nil) },
		"FromKV":                func() { try.FromKV[int, int, int](kv, nil) },
		"FromKV of nil":         func() { try.FromKV(noneKV, tryAdd) },
		"GroupRuns":             func() { try.GroupRuns[int, int](seq, nil) },
		"GroupRuns of nil":      func() { try.GroupRuns(none, trySame) },
		"Map":                   func() { try.Map[int, int](seq, nil) },
		"Map of nil":            func() { try.Map(none, func(int) (int, error) { return 0, nil }) },
		"Collect":               func() { try.Collect[int](nil) },
		"Until":                 func() { try.Until(try.WithContext(ctx, seq), nil) },
		"Until of nil":          func() { try.Until[int](nil, new(error)) },
		"WithContext":           func() { try.WithContext(ctx, none) },
		"Lift":                  func() { try.Lift[int, int](nil) },
		"Map2 with two options": func() { try.Map2(seq, seq, tryAdd, functional.ZipOptions{}, functional.ZipOptions{}) },
	})
}
