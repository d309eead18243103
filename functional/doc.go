// Package functional turns values into values: lazy sequences, slices, and the
// same operators in parallel over the cores of one machine.
//
// # The same words twice
//
// [Map], [Filter], [FlatMap], [Fold], [Reduce] and [Take] work on an iter.Seq
// and do nothing until somebody ranges over the result; [MapSlice],
// [FilterSlice], [FlatMapSlice], [FoldSlice] and [ReduceSlice] work on a slice
// at once. The data comes first and the function last, as in package slices.
// Going from one core to all of them inserts a context and moves nothing:
//
//	lengths := functional.MapSlice(words, length)
//	lengths, err := functional.ParMap(ctx, words, functional.Lift(length))
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
// # Functions that can fail
//
// The parallel operators take func(context.Context, A) (B, error): a plain Go
// function, whether it computes here, in another process or on another
// machine. [Lift] makes one of a func(A) B.
//
// A sequence whose elements can fail is an iter.Seq2[A, error]. [TryMap],
// [ParMapSeq] and [WithContext] make such sequences, [TryCollect], [Until] and
// [Skip] consume them, and [Indexed] notes where each error happened. Operators
// over sequences whose functions may fail have a twin that begins with Try. Where
// the twin returns a sequence an error concerns its element only; where it returns
// an answer the first error ends it. A sequence of pairs has no room for errors:
// [TryFromKV] is the way out of one.
//
// # Functions of functions
//
// [Partial], [Compose] and [Not] make functions of functions. [Memoize] makes a function that remembers
// what it has returned, [Once] one that succeeds only once; a [Cache] can be told
// to forget as well, and says how it is doing. The functions they make run
// wherever functions do: in a loop, in [ParMap], several at the same time.
//
// # Parallel operators
//
// [ParMap], [ParForEach], [ParFilter], [ParMapChunks], [ParReduce], [ParFold],
// [MapReduce], [ParGroupBy] and [ParDistinctBy] take a slice and return when
// everything is done; [ParMapSeq] takes a sequence and returns one. Their results are those of the
// loop, in the order of the loop. [Par] bounds them; without it they use as
// many workers as GOMAXPROCS says and find by themselves how many items to hand
// over at a time, so that cheap items are not drowned in coordination and slow
// ones do not queue behind each other. The calling goroutine is one of the
// workers.
//
// [ParSort], [ParSortFunc] and [ParSortStableFunc] sort in place, [ParTopK] finds
// the greatest elements and [ParDistinct] the first of equal ones. They call no
// function that can fail, look at the context between pieces of work, and leave no
// element out, however they end.
//
// The rules are the same for all of them:
//
//   - A context that is done on entry runs nothing, and its cause is returned,
//     also for an empty input. When it ends later no further item is started
//     (of items so cheap that workers take them by the dozen, no more than
//     fifteen a worker), the running ones are waited for and the cause is
//     returned, unless all items had completed.
//   - Functions get a context of their own, derived from the caller's. It is
//     canceled at the first failure and when the operator returns.
//   - The failure with the lowest index wins and is returned as it is, not
//     wrapped. After a failure no item above it is started; items below it that
//     a worker has already taken still run, so functions that do not look at
//     their context fail with the same error every time. An item that only
//     reports the cancellation of its context never beats a real error.
//   - A panic competes like an error and is raised in the caller as a
//     *[PanicError] that carries the stack of the goroutine it happened in, also
//     when that goroutine is the caller's. A function that calls
//     [runtime.Goexit], as testing's FailNow does, ends the caller's goroutine.
//   - When the operator returns, panics or exits, none of its functions runs
//     and none will.
//
// Misuse (a nil function, a negative size, two Par arguments) panics at the call
// with a text that begins with "functional:".
//
// All waiting is durable in the sense of [testing/synctest].
package functional
