package memo

import (
	"fmt"
	"math"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options bounds a [Cache]. The zero value is the default of each field, and
// leaving the argument out is the same as Options{}.
type Options struct {
	// Size is how many entries the cache holds at most or, after [Cache.Cost],
	// what they may cost together. 0 means 128 entries, the default of Python's
	// lru_cache; -1 means no bound.
	Size int

	// TTL is how long after its load has returned a value is given out. 0 means
	// as long as it is kept.
	TTL time.Duration
}

const (
	defaultSize = 128

	// noTTL is a TTL that is never over.
	noTTL = time.Duration(math.MaxInt64)
)

// checked returns the options of the function op.
func checked(op string, options []Options) Options {
	o := optional.One("memo", op, options)
	if o.Size < -1 {
		panic(fmt.Sprintf("memo: %s with size %d, want at least -1", op, o.Size))
	}
	if o.TTL < 0 {
		panic(fmt.Sprintf("memo: %s with a negative TTL, %v", op, o.TTL))
	}
	return o
}
