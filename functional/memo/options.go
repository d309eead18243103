package memo

import (
	"fmt"
	"math"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options bounds a [Cache]. The zero value of each field is its default. To
// leave the argument out is the same as Options{}.
type Options struct {
	// Size bounds the number of entries or, after [Cache.Cost], their total cost.
	// 0 means 128 entries, the default of Python's lru_cache. -1 means no bound.
	Size int

	// TTL is how long Get returns a value after its load has returned. 0 means as
	// long as the Cache keeps it.
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
