// Package try has the words of package functional for functions that can fail: the same
// words in three worlds, functional, try and par.
//
// A sequence whose elements can fail is an iter.Seq2[A, error]:
//
//	numbers := try.Map(slices.Values(words), strconv.Atoi)
//	list, err := try.Collect(numbers)
//
// [Map], [Filter] and the other operators that return a sequence make one of an
// iter.Seq[A]. An error concerns its element only, and the sequence continues. The
// operators that return an answer, such as [Fold] and [GroupBy], stop at the first error
// and return it with the answer so far.
//
// [Collect], [Until] and [Skip] consume such sequences. [Indexed] adds to each error the
// position of its element. [WithContext] ends a sequence with its context. A sequence of
// pairs has no room for errors: [FromKV] makes one of elements. [Lift] makes of a
// function that can fail one for package par.
//
// Sequences follow the rules of package functional. Nothing runs until a loop ranges
// over the result, and leaving the loop leaves nothing running.
//
// Misuse panics at the call with a text that begins with "try:". Misuse is a nil function
// or sequence, a negative size, or more than one struct of options.
package try
