// Package try has the words of package functional for functions that can fail.
//
// A sequence whose elements can fail is an iter.Seq2[A, error]. [Map], [Filter] and
// the other operators that return a sequence make one of an iter.Seq[A]: an error
// concerns its element only, and the sequence goes on as long as the loop over it
// does. The operators that return an answer, such as [Fold] and [GroupBy], stop at
// the first error and return it.
//
//	numbers := try.Map(slices.Values(words), strconv.Atoi)
//	list, err := try.Collect(numbers)
//
// [Collect], [Until] and [Skip] consume such sequences, [Indexed] notes where each
// error happened, and [WithContext] ends a sequence with its context. A sequence of
// pairs has no room for errors: [FromKV] is the way out of one. [Lift] makes of a
// function that can fail one for package par.
//
// The rules for sequences are those of package functional: nothing runs until a
// result is ranged over, and leaving the loop leaves nothing running.
//
// Misuse (a nil function or sequence, a negative size, two options) panics at the
// call with a text that begins with "try:".
package try
