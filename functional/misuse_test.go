package functional_test

import (
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

// Misuse panics at the call, not when somebody ranges over the result, with a
// text that begins with the name of the operator.
func TestMisuseOfOperators(t *testing.T) {
	var (
		seq     = count(1)
		kv      = functional.Enumerate(seq)
		none    iter.Seq[int]
		noneKV  iter.Seq2[int, int]
		nested  iter.Seq[iter.Seq[int]]
		rows    iter.Seq[[]int]
		same    = func(i int) int { return i }
		is      = func(int) bool { return true }
		add     = func(a, b int) int { return a + b }
		behind  = functional.ZipOptions{Ahead: -1}
		tryIs   = func(int) (bool, error) { return true, nil }
		trySame = func(i int) (int, error) { return i, nil }
		tryAdd  = func(a, b int) (int, error) { return a + b, nil }
		two     = func(a, b int) (int, int) { return a, b }
	)
	cases := map[string]func(){
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
		"TryFilter":                   func() { functional.TryFilter(seq, nil) },
		"TryFilter of nil":            func() { functional.TryFilter(none, tryIs) },
		"TryTakeWhile":                func() { functional.TryTakeWhile(seq, nil) },
		"TryTakeWhile of nil":         func() { functional.TryTakeWhile(none, tryIs) },
		"TryDropWhile":                func() { functional.TryDropWhile(seq, nil) },
		"TryDropWhile of nil":         func() { functional.TryDropWhile(none, tryIs) },
		"TryFilterMap":                func() { functional.TryFilterMap[int, int](seq, nil) },
		"TryFilterMap of nil":         func() { functional.TryFilterMap(none, func(i int) (int, bool, error) { return i, true, nil }) },
		"TryFlatMap":                  func() { functional.TryFlatMap[int, int](seq, nil) },
		"TryFlatMap of nil":           func() { functional.TryFlatMap(none, func(int) (iter.Seq[int], error) { return nil, nil }) },
		"TryDistinctBy":               func() { functional.TryDistinctBy[int, int](seq, nil) },
		"TryDistinctBy of nil":        func() { functional.TryDistinctBy(none, trySame) },
		"TryPeek":                     func() { functional.TryPeek(seq, nil) },
		"TryPeek of nil":              func() { functional.TryPeek(none, func(int) error { return nil }) },
		"TryReduce":                   func() { functional.TryReduce(seq, nil) },
		"TryReduce of nil":            func() { functional.TryReduce(none, tryAdd) },
		"TryAny":                      func() { functional.TryAny(seq, nil) },
		"TryAny of nil":               func() { functional.TryAny(none, tryIs) },
		"TryAll":                      func() { functional.TryAll(seq, nil) },
		"TryAll of nil":               func() { functional.TryAll(none, tryIs) },
		"TryFind":                     func() { functional.TryFind(seq, nil) },
		"TryFind of nil":              func() { functional.TryFind(none, tryIs) },
		"TryGroupBy":                  func() { functional.TryGroupBy[int, int](seq, nil) },
		"TryGroupBy of nil":           func() { functional.TryGroupBy(none, trySame) },
		"TryCountBy":                  func() { functional.TryCountBy[int, int](seq, nil) },
		"TryCountBy of nil":           func() { functional.TryCountBy(none, trySame) },
		"TryPartition":                func() { functional.TryPartition(seq, nil) },
		"TryPartition of nil":         func() { functional.TryPartition(none, tryIs) },
		"TryToMap":                    func() { functional.TryToMap[int, int, int](seq, nil) },
		"TryToMap of nil":             func() { functional.TryToMap(none, func(i int) (int, int, error) { return i, i, nil }) },
		"TryKeyBy":                    func() { functional.TryKeyBy[int, int](seq, nil) },
		"TryKeyBy of nil":             func() { functional.TryKeyBy(none, trySame) },
		"TryMinBy":                    func() { functional.TryMinBy[int, int](seq, nil) },
		"TryMinBy of nil":             func() { functional.TryMinBy(none, trySame) },
		"TryMaxBy":                    func() { functional.TryMaxBy[int, int](seq, nil) },
		"TryMaxBy of nil":             func() { functional.TryMaxBy(none, trySame) },
		"TrySortedBy":                 func() { functional.TrySortedBy[int, int](seq, nil) },
		"TrySortedBy of nil":          func() { functional.TrySortedBy(none, trySame) },
		"TryFold":                     func() { functional.TryFold(seq, 0, nil) },
		"TryFold of nil":              func() { functional.TryFold(none, 0, tryAdd) },
		"TryScan":                     func() { functional.TryScan(seq, 0, nil) },
		"TryScan of nil":              func() { functional.TryScan(none, 0, tryAdd) },
		"TryMap2":                     func() { functional.TryMap2[int, int, int](seq, seq, nil) },
		"TryMap2 second":              func() { functional.TryMap2(seq, none, tryAdd) },
		"TryMap2 first":               func() { functional.TryMap2(none, seq, tryAdd) },
		"TryMap2 reading":             func() { functional.TryMap2(seq, seq, tryAdd, behind) },
		"Indexed":                     func() { functional.Indexed[int](nil) },
		"Skip":                        func() { functional.Skip(functional.TryMap(seq, trySame), nil) },
		"Skip of nil":                 func() { functional.Skip[int](nil, func(error) {}) },
		"TryAccumulate":               func() { functional.TryAccumulate(seq, nil) },
		"TryAccumulate of nil":        func() { functional.TryAccumulate(none, tryAdd) },
		"TryIterate":                  func() { functional.TryIterate(1, nil) },
		"TryFromKV":                   func() { functional.TryFromKV[int, int, int](kv, nil) },
		"TryFromKV of nil":            func() { functional.TryFromKV(noneKV, tryAdd) },
		"TryGroupRuns":                func() { functional.TryGroupRuns[int, int](seq, nil) },
		"TryGroupRuns of nil":         func() { functional.TryGroupRuns(none, trySame) },
	}
	for name, call := range cases {
		t.Run(name, func(t *testing.T) {
			defer func() {
				text, _ := recover().(string)
				verb, _, _ := strings.Cut(name, " ")
				require.True(t, strings.HasPrefix(text, "functional: "+verb+" "), "panicked with %q", text)
			}()
			call()
		})
	}
}

// A size that cannot be is named.
func TestMisuseNamesTheSize(t *testing.T) {
	for text, f := range map[string]func(){
		"functional: Chunk of -3 elements, want 1 or more":  func() { functional.Chunk(count(1), -3) },
		"functional: Window of 0 elements, want 1 or more":  func() { functional.Window(count(1), 0) },
		"functional: StepBy of -1 elements, want 1 or more": func() { functional.StepBy(count(1), -1) },
		"functional: Take of -1 elements, want 0 or more":   func() { functional.Take(count(1), -1) },
		"functional: Drop of -1 elements, want 0 or more":   func() { functional.Drop(count(1), -1) },
		"functional: Combinations of -1 elements":           func() { functional.Combinations([]int{1}, -1) },
		"functional: TopK of -1 elements":                   func() { functional.TopK(count(1), -1) },
	} {
		require.PanicsWithValue(t, text, f)
	}
}
