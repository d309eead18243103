package try

import (
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/internal/optional"
)

// Map2 is [functional.Map2] for a function that can fail: it yields (c, nil), or
// (zero, err) where f failed, up to the end of the shorter sequence. See [Map]
// for what an error means and [functional.Map2] for the rest.
func Map2[A, B, C any](a iter.Seq[A], b iter.Seq[B], f func(A, B) (C, error), options ...functional.ZipOptions) iter.Seq2[C, error] {
	if a == nil || b == nil || f == nil {
		panic("try: Map2 of a nil sequence or function")
	}
	o := optional.One("try", "Map2", options)
	if o.Ahead < 0 {
		panic(fmt.Sprintf("try: Map2 reading %d elements ahead", o.Ahead))
	}
	return FromKV(functional.Zip(a, b, o), f)
}
