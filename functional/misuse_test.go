package functional_test

import (
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
)

func TestMisuse(t *testing.T) {
	var (
		s      = []int{1}
		seq    = laws.Count(1)
		kv     = functional.Enumerate(seq)
		none   iter.Seq[int]
		noneKV iter.Seq2[int, int]
		nested iter.Seq[iter.Seq[int]]
		rows   iter.Seq[[]int]
		same   = func(i int) int { return i }
		is     = func(int) bool { return true }
		add    = func(a, b int) int { return a + b }
		behind = functional.ZipOptions{Ahead: -1}
		two    = func(a, b int) (int, int) { return a, b }
	)
	laws.Misuse(t, "functional", map[string]func(){
		"Range":                       func() { functional.Range(1, 2, 0) },
		"Iterate":                     func() { functional.Iterate(1, nil) },
		"Cycle":                       func() { functional.Cycle(none) },
		"Drop":                        func() { functional.Drop(seq, -1) },
		"Drop of nil":                 func() { functional.Drop(none, 1) },
		"TakeWhile":                   func() { functional.TakeWhile(seq, nil) },
		"TakeWhile of nil":            func() { functional.TakeWhile(none, is) },
		"DropWhile":                   func() { functional.DropWhile(seq, nil) },
		"DropWhile of nil":            func() { functional.DropWhile(none, is) },
		"StepBy":                      func() { functional.StepBy(seq, 0) },
		"StepBy back":                 func() { functional.StepBy(seq, -2) },
		"StepBy of nil":               func() { functional.StepBy(none, 1) },
		"Scan":                        func() { functional.Scan(seq, 0, nil) },
		"Scan of nil":                 func() { functional.Scan(none, 0, add) },
		"Accumulate":                  func() { functional.Accumulate(seq, nil) },
		"Accumulate of nil":           func() { functional.Accumulate(none, add) },
		"FilterMap":                   func() { functional.FilterMap[int, int](seq, nil) },
		"FilterMap of nil":            func() { functional.FilterMap(none, func(i int) (int, bool) { return i, true }) },
		"FilterMapSlice":              func() { functional.FilterMapSlice[int, int](nil, nil) },
		"Flatten":                     func() { functional.Flatten(nested) },
		"FlattenSlices":               func() { functional.FlattenSlices(rows) },
		"Peek":                        func() { functional.Peek(seq, nil) },
		"Peek of nil":                 func() { functional.Peek(none, func(int) {}) },
		"Enumerate":                   func() { functional.Enumerate(none) },
		"MapKV":                       func() { functional.MapKV[int, int, int, int](kv, nil) },
		"MapKV of nil":                func() { functional.MapKV(noneKV, two) },
		"FilterKV":                    func() { functional.FilterKV(kv, nil) },
		"FilterKV of nil":             func() { functional.FilterKV(noneKV, func(int, int) bool { return true }) },
		"ToKV":                        func() { functional.ToKV[int, int, int](seq, nil) },
		"ToKV of nil":                 func() { functional.ToKV(none, func(i int) (int, int) { return i, i }) },
		"FromKV":                      func() { functional.FromKV[int, int, int](kv, nil) },
		"FromKV of nil":               func() { functional.FromKV(noneKV, add) },
		"Keys":                        func() { functional.Keys(noneKV) },
		"Values":                      func() { functional.Values(noneKV) },
		"Any":                         func() { functional.Any(seq, nil) },
		"Any of nil":                  func() { functional.Any(none, is) },
		"All":                         func() { functional.All(seq, nil) },
		"All of nil":                  func() { functional.All(none, is) },
		"Contains":                    func() { functional.Contains(none, 1) },
		"Count":                       func() { functional.Count(none) },
		"Find":                        func() { functional.Find(seq, nil) },
		"Find of nil":                 func() { functional.Find(none, is) },
		"First":                       func() { functional.First(none) },
		"Last":                        func() { functional.Last(none) },
		"Nth":                         func() { functional.Nth(seq, -1) },
		"Nth of nil":                  func() { functional.Nth(none, 0) },
		"Sum":                         func() { functional.Sum(none) },
		"Prod":                        func() { functional.Prod(none) },
		"Mean":                        func() { functional.Mean(none) },
		"Min":                         func() { functional.Min(none) },
		"Max":                         func() { functional.Max(none) },
		"MinBy":                       func() { functional.MinBy[int, int](seq, nil) },
		"MinBy of nil":                func() { functional.MinBy(none, same) },
		"MaxBy":                       func() { functional.MaxBy[int, int](seq, nil) },
		"MaxBy of nil":                func() { functional.MaxBy(none, same) },
		"Zip":                         func() { functional.Zip(seq, none) },
		"Zip of nil":                  func() { functional.Zip(none, seq) },
		"Zip with two options":        func() { functional.Zip(seq, seq, functional.ZipOptions{}, functional.ZipOptions{}) },
		"Zip reading":                 func() { functional.Zip(seq, seq, behind) },
		"ZipStrict":                   func() { functional.ZipStrict(seq, none) },
		"ZipStrict of nil":            func() { functional.ZipStrict(none, seq) },
		"ZipStrict reading":           func() { functional.ZipStrict(seq, seq, behind) },
		"ZipLongest":                  func() { functional.ZipLongest(seq, none, 0, 0) },
		"ZipLongest of nil":           func() { functional.ZipLongest(none, seq, 0, 0) },
		"ZipLongest reading":          func() { functional.ZipLongest(seq, seq, 0, 0, behind) },
		"Unzip":                       func() { functional.Unzip(noneKV) },
		"Map2":                        func() { functional.Map2[int, int, int](seq, seq, nil) },
		"Map2 second":                 func() { functional.Map2(seq, none, add) },
		"Map2 first":                  func() { functional.Map2(none, seq, add) },
		"Map2 reading":                func() { functional.Map2(seq, seq, add, behind) },
		"Map2Slice":                   func() { functional.Map2Slice[int, int, int](nil, nil, nil) },
		"Chain":                       func() { functional.Chain(seq, none) },
		"Interleave":                  func() { functional.Interleave(seq, none) },
		"Tee":                         func() { functional.Tee(seq, nil) },
		"Tee of nil":                  func() { functional.Tee(none) },
		"TeeUnbounded":                func() { functional.TeeUnbounded(seq, 0) },
		"TeeUnbounded of nil":         func() { functional.TeeUnbounded(none, 1) },
		"Chunk":                       func() { functional.Chunk(seq, 0) },
		"Chunk of nil":                func() { functional.Chunk(none, 1) },
		"Chunk back":                  func() { functional.Chunk(seq, -1) },
		"Window":                      func() { functional.Window(seq, 0) },
		"Window of nil":               func() { functional.Window(none, 1) },
		"Window back":                 func() { functional.Window(seq, -1) },
		"Pairwise":                    func() { functional.Pairwise(none) },
		"GroupBy":                     func() { functional.GroupBy[int, int](seq, nil) },
		"GroupBy of nil":              func() { functional.GroupBy(none, same) },
		"GroupRuns":                   func() { functional.GroupRuns[int, int](seq, nil) },
		"GroupRuns of nil":            func() { functional.GroupRuns(none, same) },
		"CountBy":                     func() { functional.CountBy[int, int](seq, nil) },
		"CountBy of nil":              func() { functional.CountBy(none, same) },
		"Partition":                   func() { functional.Partition(seq, nil) },
		"Partition of nil":            func() { functional.Partition(none, is) },
		"Distinct":                    func() { functional.Distinct(none) },
		"DistinctBy":                  func() { functional.DistinctBy[int, int](seq, nil) },
		"DistinctBy of nil":           func() { functional.DistinctBy(none, same) },
		"SortedBy":                    func() { functional.SortedBy[int, int](seq, nil) },
		"SortedBy of nil":             func() { functional.SortedBy(none, same) },
		"TopK":                        func() { functional.TopK(seq, -1) },
		"TopK of nil":                 func() { functional.TopK(none, 0) },
		"TopKFunc":                    func() { functional.TopKFunc(seq, 1, nil) },
		"TopKFunc of nil":             func() { functional.TopKFunc(none, 1, add) },
		"TopKFunc negative":           func() { functional.TopKFunc(seq, -1, add) },
		"Merge":                       func() { functional.Merge(seq, none) },
		"MergeFunc":                   func() { functional.MergeFunc([]iter.Seq[int]{seq}, nil) },
		"MergeFunc of nil":            func() { functional.MergeFunc([]iter.Seq[int]{none}, add) },
		"Cartesian":                   func() { functional.Cartesian(seq, none) },
		"Cartesian of nil":            func() { functional.Cartesian(none, seq) },
		"Permutations":                func() { functional.Permutations([]int{1}, -1) },
		"Combinations":                func() { functional.Combinations([]int{1}, -1) },
		"CombinationsWithReplacement": func() { functional.CombinationsWithReplacement([]int{1}, -1) },
		"Compress":                    func() { functional.Compress(seq, nil) },
		"Compress of nil":             func() { functional.Compress(none, functional.Repeat(true)) },
		"Compress reading":            func() { functional.Compress(seq, functional.Repeat(true), behind) },
		"Union":                       func() { functional.Union(seq, none) },
		"Union of nil":                func() { functional.Union(none, seq) },
		"Intersection":                func() { functional.Intersection(seq, none) },
		"Intersection of nil":         func() { functional.Intersection(none, seq) },
		"Difference":                  func() { functional.Difference(seq, none) },
		"Difference of nil":           func() { functional.Difference(none, seq) },
		"SymmetricDifference":         func() { functional.SymmetricDifference(seq, none) },
		"SymmetricDifference of nil":  func() { functional.SymmetricDifference(none, seq) },
		"ToMap":                       func() { functional.ToMap[int, int, int](seq, nil) },
		"ToMap of nil":                func() { functional.ToMap(none, func(i int) (int, int) { return i, i }) },
		"KeyBy":                       func() { functional.KeyBy[int, int](seq, nil) },
		"KeyBy of nil":                func() { functional.KeyBy(none, same) },
		"Sample":                      func() { functional.Sample(seq, 1, nil) },
		"Sample of nil":               func() { functional.Sample(none, 1, rand.NewPCG(1, 1)) },
		"Sample negative":             func() { functional.Sample(seq, -1, rand.NewPCG(1, 1)) },
		"Shuffle":                     func() { functional.Shuffle(seq, nil) },
		"Shuffle of nil":              func() { functional.Shuffle(none, rand.NewPCG(1, 1)) },
		"Map":                         func() { functional.Map[int, int](seq, nil) },
		"Map of nil":                  func() { functional.Map(none, func(i int) int { return i }) },
		"MapSlice":                    func() { functional.MapSlice[int, int](s, nil) },
		"Filter":                      func() { functional.Filter(seq, nil) },
		"Filter of nil":               func() { functional.Filter(none, func(int) bool { return true }) },
		"FilterSlice":                 func() { functional.FilterSlice(s, nil) },
		"FlatMap":                     func() { functional.FlatMap[int, int](seq, nil) },
		"FlatMap of nil":              func() { functional.FlatMap(none, func(int) iter.Seq[int] { return nil }) },
		"FlatMapSlice":                func() { functional.FlatMapSlice[int, int](s, nil) },
		"Fold":                        func() { functional.Fold(seq, 0, nil) },
		"Fold of nil":                 func() { functional.Fold(none, 0, add) },
		"FoldSlice":                   func() { functional.FoldSlice(s, 0, nil) },
		"Reduce":                      func() { functional.Reduce(seq, nil) },
		"Reduce of nil":               func() { functional.Reduce(none, add) },
		"ReduceSlice":                 func() { functional.ReduceSlice(s, nil) },
		"Take":                        func() { functional.Take(seq, -1) },
		"Take of nil":                 func() { functional.Take(none, 1) },
		"Lift":                        func() { functional.Lift[int, int](nil) },
	})
}

// A size that cannot be is named.
func TestMisuseNamesTheSize(t *testing.T) {
	for text, f := range map[string]func(){
		"functional: Chunk of -3 elements, want 1 or more":        func() { functional.Chunk(laws.Count(1), -3) },
		"functional: Window of 0 elements, want 1 or more":        func() { functional.Window(laws.Count(1), 0) },
		"functional: StepBy of -1 elements, want 1 or more":       func() { functional.StepBy(laws.Count(1), -1) },
		"functional: Take of -1 elements, want 0 or more":         func() { functional.Take(laws.Count(1), -1) },
		"functional: Drop of -1 elements, want 0 or more":         func() { functional.Drop(laws.Count(1), -1) },
		"functional: Combinations of -1 elements, want 0 or more": func() { functional.Combinations([]int{1}, -1) },
		"functional: TopK of -1 elements, want 0 or more":         func() { functional.TopK(laws.Count(1), -1) },
	} {
		require.PanicsWithValue(t, text, f)
	}
}
