package try

import (
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/internal/optional"
)

// Map2 is [functional.Map2] for a function that can fail. It yields (c, nil),
// or (zero, err) where f failed, up to the end of the shorter sequence. [Map]
// says what an error means. Map2 reads the sequences as [functional.Zip] does.
func Map2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) (C, error), options ...functional.ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("try: Map2 of a nil sequence or function")
	}
	o := optional.One("try", "Map2", options)
	if o.Ahead < 0 {
		panic(fmt.Sprintf("try: Map2 with an Ahead of %d, want 0 or more", o.Ahead))
	}
	return FromKV(functional.Zip(a, b, o), f)
}
