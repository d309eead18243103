// Package par has the words of package functional for all cores of a machine: the same
// words in three worlds, functional, try and par.
//
//	lengths := functional.MapSlice(words, length)
//	lengths, err := par.Map(ctx, words, functional.Lift(length))
//
// [Map], [ForEach], [Filter], [MapChunks], [Reduce], [Fold], [MapReduce], [GroupBy] and
// [DistinctBy] take a slice and return when all of it is done. [MapSeq] takes a sequence
// and returns one. [Range] is the parallel for loop over indexes. Results are those of
// the loop, in the order of the loop.
//
// The calling goroutine is one of the workers. [Options] bounds their number, which is
// GOMAXPROCS by default. Operators measure how many items a worker should take at a time.
// So coordination does not dominate cheap items, and slow items do not wait for each
// other.
//
// [Sort], [SortFunc] and [SortStableFunc] sort in place, [TopK] finds the greatest
// elements and [Distinct] the first of equal ones. They call no function that can fail,
// and look at the context between pieces of work. A sort that ends early leaves all
// elements in the slice.
//
// # Rules
//
// All operators follow the same rules:
//
//   - A context that has ended on entry runs nothing. The operator returns its cause,
//     also for an empty input.
//   - When the context ends later, no further item starts. The operator waits for the
//     running items and returns the cause, unless all items have completed. Where items
//     are so cheap that workers take them by the dozen, a worker may start up to fifteen
//     more.
//   - Functions get a context of their own, derived from the caller's. The operator
//     cancels it at the first failure and when it returns.
//   - The failure with the lowest index wins. The operator returns an
//     *[functional.IndexError] with that index, and it matches what the error of the
//     function matches. The end of the caller's context is no failure of an item.
//   - The error of an operator that the function calls itself is wrapped like any
//     other: the outer *IndexError has the outer index. [Range] and [MapChunks] take an
//     *IndexError of their function as the name of one item.
//   - After a failure no item above it starts. Items below it that a worker has already
//     taken still run. So functions that do not look at their context fail with the same
//     error every time. An item that only reports the cancellation of its context never
//     wins over another error.
//   - A panic competes like an error. The operator raises it in the caller, as a
//     *[PanicError] with the stack of the goroutine that panicked, also when that is the
//     caller's. An error that a function returns is never raised, also when it is or wraps
//     a *PanicError. A function that calls [runtime.Goexit], as testing's FailNow does, ends
//     the caller's goroutine.
//   - When the operator returns, panics or exits, none of its functions runs and none
//     will.
//
// Misuse panics at the call with a text that begins with "par:". Misuse is a nil
// function, a negative size, or more than one Options. All waiting is durable in the
// sense of [testing/synctest].
package par
