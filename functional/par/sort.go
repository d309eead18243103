package par

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
)

// Sort sorts s in ascending order, as [slices.Sort] does, on several
// goroutines. It sorts numbers of every size by their bits, and strings by
// comparing them.
//
// Sort blocks until s is sorted or ctx ends, which it notices after a few
// milliseconds. Then it returns the cause, and s has all its elements in any
// order. Of [Options] it uses Workers only. NaNs come before all other numbers.
// The order among NaNs, and of -0 and +0, is not specified.
//
// Sort needs memory for a second s. For numbers its time grows with len(s),
// which makes it several times as fast as [slices.Sort] with one worker as
// well. It distributes numbers byte by byte (least significant digit first, the
// highest bytes that differ) and merges them. It leaves short slices to
// [slices.Sort]. An s that is in ascending or descending order costs as little
// as there.
func Sort[S ~[]E, E cmp.Ordered](ctx context.Context, s S, options ...Options) error {
	p := checked("Sort", options)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(s) < fewWords {
		slices.Sort(s)
		return nil
	}
	if slices.IsSorted(s) {
		return nil
	}
	i := 1
	for i < len(s) && s[i] <= s[i-1] {
		i++
	}
	if i == len(s) {
		slices.Reverse(s)
		return nil
	}
	if reflect.TypeFor[E]().Kind() != reflect.String {
		return sortWords(ctx, s, p)
	}
	m := mergeSort[string]{
		leaf:  func(s, _ []string) { slices.Sort(s) },
		merge: mergeFunc(strings.Compare),
		less:  cmp.Less[string],
		least: 4 * leastCompares, // as cheap as comparisons come
		most:  mostCompares,
	}
	return m.sort(ctx, sameAs[string](s), p)
}

// Where elements are compared, pieces of fewer than leastCompares are not worth
// waking a worker, and ones of more than mostCompares would keep it too long from
// looking at the context.
const (
	leastCompares = 1 << 11
	mostCompares  = 1 << 18
)

// SortFunc sorts s in ascending order of compare, as [slices.SortFunc] does, on
// several goroutines. compare returns a negative number when its first argument
// is less. Equal elements may change places.
//
// SortFunc blocks until no compare is running. compare runs several times at
// once. It must be a strict weak ordering, or the order of s is not specified.
// When ctx ends SortFunc returns its cause. It raises a panic of compare as the
// package documentation describes. In both cases s has all its elements in any
// order. A worker first completes the piece of s that it has begun to sort, of
// about ten thousand elements. Of [Options] SortFunc uses Workers only. It
// panics when compare is nil.
//
// SortFunc needs memory for a second s and as many comparisons as
// [slices.SortFunc]. It leaves short slices to that. An s that is in ascending
// or descending order costs as little as there.
func SortFunc[S ~[]E, E any](ctx context.Context, s S, compare func(a, b E) int, options ...Options) error {
	if compare == nil {
		panic("par: SortFunc with a nil function")
	}
	p := checked("SortFunc", options)
	return sortFunc(ctx, s, compare, func(s, _ []E) { slices.SortFunc(s, compare) }, p)
}

// SortStableFunc is [SortFunc] that keeps equal elements in order, as
// [slices.SortStableFunc] does. With one worker it is about twice as fast as
// that, because it uses memory for a second s.
func SortStableFunc[S ~[]E, E any](ctx context.Context, s S, compare func(a, b E) int, options ...Options) error {
	if compare == nil {
		panic("par: SortStableFunc with a nil function")
	}
	p := checked("SortStableFunc", options)
	return sortFunc(ctx, s, compare, stableLeaf(compare), p)
}

// sortFunc sorts s in the order of compare, pieces of it by leaf.
func sortFunc[E any](ctx context.Context, s []E, compare func(a, b E) int, leaf func(s, spare []E), p Options) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	sorted := false
	guard(func() {
		if sorted = slices.IsSortedFunc(s, compare); sorted {
			return
		}
		i := 1
		for i < len(s) && compare(s[i], s[i-1]) < 0 {
			i++
		}
		if i == len(s) {
			slices.Reverse(s)
			sorted = true
		}
	})
	if sorted {
		return nil
	}
	m := mergeSort[E]{
		leaf:  leaf,
		merge: mergeFunc(compare),
		less:  func(x, y E) bool { return compare(x, y) < 0 },
		least: leastCompares,
		most:  mostCompares,
	}
	if p.Workers == 1 && ctx.Done() == nil {
		m.most = len(s) // nothing can come between
	}
	return m.sort(ctx, s, p)
}
