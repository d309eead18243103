// Package functional turns values into values: lazy sequences and slices.
//
// # The same words in three worlds
//
// [Map] is for functions that cannot fail, try.Map for functions that can, and par.Map
// for all cores of the machine. Going from one to the next changes the package and
// inserts a context. The order of arguments and the names stay the same:
//
//	lengths := functional.MapSlice(words, length)
//	numbers, err := try.Collect(try.Map(slices.Values(words), strconv.Atoi))
//	files, err := par.Map(ctx, paths, try.Lift(os.ReadFile))
//
// The data comes first and the function last, as in package slices.
//
// # Sequences
//
// [Map], [Filter], [FlatMap], [Fold], [Reduce] and [Take] work on an iter.Seq.
// [MapSlice], [FilterSlice], [FlatMapSlice], [FoldSlice] and [ReduceSlice] work on a
// slice at once.
//
// An operator that returns a sequence is lazy: nothing runs until a loop ranges over the
// result. Then the functions run in the loop's goroutine. What an operator remembers
// belongs to one range. So a result can be ranged over as often as its input, also by
// several goroutines. An operator reads no more of its input than it needs. Leaving the
// loop, by break, return, panic or Goexit, leaves nothing running. The families:
//
//   - sources: [Range], [Repeat], [Iterate], [Cycle];
//   - one sequence from one: [Map], [Filter], [FilterMap], [FlatMap], [Flatten],
//     [Scan], [Accumulate], [Enumerate], [Peek], [Distinct];
//   - parts: [Take], [Drop], [TakeWhile], [DropWhile], [StepBy], [Compress],
//     [Chunk], [Window], [Pairwise], [GroupRuns];
//   - several at once: [Zip], [Map2], [Chain], [Interleave], [Merge], [Union],
//     [Cartesian], [Tee];
//   - answers: [Fold], [Reduce], [Sum], [Min], [MaxBy], [Mean], [Any], [All],
//     [Count], [Find], [First], [TopK], [SortedBy], [GroupBy], [Partition], [ToMap],
//     [Sample];
//   - choices out of a slice: [Permutations], [Combinations];
//   - pairs: [MapKV], [FilterKV], [ToKV], [FromKV], [Keys], [Values].
//
// The compiler makes one loop of a chain of different operators. It does not inline an
// operator into itself: two Maps in a row cost a few nanoseconds for each element, and
// one Map of a function that calls both does not.
//
// # What the standard library has
//
// Use [slices.Values], [slices.Collect], [slices.Sorted], [slices.Chunk],
// [slices.Concat], [slices.Reverse], [slices.Backward], [maps.Keys], [maps.Values] and
// [maps.Collect]: they are not here again. [Chunk], [Min], [Max] and [Contains] take a
// sequence where package slices takes a slice. [SortedBy] computes each key once.
// [Keys] and [Values] take any pairs.
//
// Some sequences of the standard library, such as [strings.Lines], can be ranged over
// only once. Operators that range over an input again, such as [Cycle] and [Cartesian],
// say so.
//
// # Functions
//
// The operators of package par take func(context.Context, A) (B, error): a plain Go
// function, whether it computes here, in another process or on another machine. [Lift]
// makes one of a func(A) B, and try.Lift one of a func(A) (B, error). [Partial],
// [Compose] and [Not] make functions of functions. Package memo makes functions that
// remember.
//
// Misuse panics at the call with a text that begins with "functional:". Misuse is a nil
// function or sequence, a negative size, or more than one struct of options.
package functional
