// Inline uses the operators that cost nothing only where the compiler inlines
// them, once each.
package main

import (
	"iter"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/try"
)

var (
	seq    iter.Seq[int]
	kv     iter.Seq2[int, int]
	nested iter.Seq[iter.Seq[int]]
	rows   iter.Seq[[]int]
	tries  iter.Seq2[int, error]
)

func same(i int) int           { return i }
func add(a, b int) int         { return a + b }
func is(int) bool              { return true }
func two(a, b int) (int, int)  { return a, b }
func parse(i int) (int, error) { return i, nil }
func discard(...any)           {}

func main() {
	discard(
		functional.Map(seq, same),
		functional.Filter(seq, is),
		functional.FlatMap(seq, func(i int) iter.Seq[int] { return seq }),
		functional.Take(seq, 1),
		try.Map(seq, parse),
		functional.Drop(seq, 1),
		functional.TakeWhile(seq, is),
		functional.DropWhile(seq, is),
		functional.StepBy(seq, 2),
		functional.Range(0, 5, 1),
		functional.Repeat(1),
		functional.Iterate(1, same),
		functional.Cycle(seq),
		functional.Scan(seq, 0, add),
		functional.Accumulate(seq, add),
		functional.FilterMap(seq, func(i int) (int, bool) { return i, true }),
		functional.Flatten(nested),
		functional.FlattenSlices(rows),
		functional.Peek(seq, func(int) {}),
		functional.Enumerate(seq),
		functional.MapKV(kv, two),
		functional.FilterKV(kv, func(int, int) bool { return true }),
		functional.ToKV(seq, func(i int) (int, int) { return i, i }),
		functional.FromKV(kv, add),
		functional.Keys(kv),
		functional.Values(kv),
		functional.Pairwise(seq),
		functional.Chunk(seq, 2),
		functional.Window(seq, 2),
		functional.Distinct(seq),
		try.Filter(seq, func(int) (bool, error) { return true, nil }),
		try.Skip(tries, func(error) {}),
		functional.Cartesian(seq, seq),
	)
	discard(functional.Fold(seq, 0, add))
	discard(functional.Reduce(seq, add))
	discard(functional.Sum(seq), functional.Prod(seq), functional.Count(seq), functional.Contains(seq, 1))
	discard(functional.Any(seq, is), functional.All(seq, is))
	discard(functional.Mean(seq))
	discard(functional.Min(seq))
	discard(functional.Max(seq))
	discard(functional.MinBy(seq, same))
	discard(functional.MaxBy(seq, same))
	discard(functional.Find(seq, is))
	discard(functional.First(seq))
	discard(functional.Last(seq))
	discard(functional.Nth(seq, 1))
}
