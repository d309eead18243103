// Package functional turns values into values, with the same words for lazy
// sequences and for slices.
//
// # The same words twice
//
// [Map], [Filter], [FlatMap], [Fold], [Reduce] and [Take] work on an iter.Seq
// and do nothing until somebody ranges over the result; [MapSlice],
// [FilterSlice], [FlatMapSlice], [FoldSlice] and [ReduceSlice] work on a slice
// at once. The data comes first and the function last, as in package slices:
//
//	lengths := functional.MapSlice(words, length)
//
// # Sequences
//
// An operator that returns a sequence is lazy: nothing runs until the result is
// ranged over, the functions run in the goroutine that ranges, and whatever the
// operator remembers belongs to one range, so that the result can be ranged over
// as often as its input, also by several goroutines. It asks its input for no more
// than it needs; leaving the loop, by break, return, panic or Goexit, leaves
// nothing running. The families:
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
// A chain of different operators is compiled to one loop. An operator that follows
// itself is not inlined into itself: two Maps in a row cost some nanoseconds for each
// element, one Map of a function that calls both does not.
//
// What the standard library has is not here again: [slices.Values],
// [slices.Collect], [slices.Sorted], [slices.Chunk], [slices.Concat],
// [slices.Reverse], [slices.Backward], [maps.Keys], [maps.Values] and
// [maps.Collect]. [Chunk] differs from the one of package slices in that it takes a
// sequence, [SortedBy] in that it computes each key once, [Min], [Max] and
// [Contains] in that they need no slice, [Keys] and [Values] in that they take any
// pairs. Some sequences of the standard library, [strings.Lines] for one, can be
// ranged over only once; operators that range over an input again, as [Cycle] and
// [Cartesian] do, say so.
//
// # Functions that can fail, and functions on all cores
//
// The same words are in three worlds: [Map] for functions that cannot fail, try.Map
// for those that can, par.Map for all cores. Going from one to the next changes the
// package and inserts a context; nothing moves and nothing else is renamed.
//
// The operators of package par take func(context.Context, A) (B, error): a plain Go
// function, whether it computes here, in another process or on another machine.
// [Lift] makes one of a func(A) B, and try.Lift one of a func(A) (B, error).
//
// [Partial], [Compose] and [Not] make functions of functions; package memo makes
// functions that remember what they have returned.
//
// # Misuse
//
// Misuse (a nil function or sequence, a negative size, two options) panics at the
// call with a text that begins with "functional:".
package functional
