// Package par has the words of package functional for all cores of a machine.
//
//	lengths := functional.MapSlice(words, length)
//	lengths, err := par.Map(ctx, words, functional.Lift(length))
//
// [Map], [ForEach], [Filter], [MapChunks], [Reduce], [Fold],
// [MapReduce], [GroupBy] and [DistinctBy] take a slice and return when
// everything is done; [MapSeq] takes a sequence and returns one. Their results are those of the
// loop, in the order of the loop. [Options] bounds them; without it they use as
// many workers as GOMAXPROCS says and find by themselves how many items to hand
// over at a time, so that cheap items are not drowned in coordination and slow
// ones do not queue behind each other. The calling goroutine is one of the
// workers.
//
// [Sort], [SortFunc] and [SortStableFunc] sort in place, [TopK] finds
// the greatest elements and [Distinct] the first of equal ones. They call no
// function that can fail, look at the context between pieces of work, and leave no
// element out, however they end.
//
// # Rules
//
// The rules are the same for all operators:
//
//   - A context that is done on entry runs nothing, and its cause is returned,
//     also for an empty input. When it ends later no further item is started
//     (of items so cheap that workers take them by the dozen, no more than
//     fifteen a worker), the running ones are waited for and the cause is
//     returned, unless all items had completed.
//   - Functions get a context of their own, derived from the caller's. It is
//     canceled at the first failure and when the operator returns.
//   - The failure with the lowest index wins. The operator returns an
//     *[functional.IndexError] with that index and the error, through which
//     errors.Is and errors.As look. An *IndexError that the function itself
//     returned is not wrapped again. After a failure no item above it is started; items below it that
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
// Misuse (a nil function, a negative size, two Options arguments) panics at the call
// with a text that begins with "par:".
//
// All waiting is durable in the sense of [testing/synctest].
package par
