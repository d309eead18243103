package locks_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
)

// An impl adds to what its lock guards. The loop is part of each, so that calls
// are inlined where a user's would be.
type impl struct {
	name string
	// open returns the loop and what it has added up.
	open func(ctx context.Context) (add func(turns int), sum func() int)
}

// compare measures impls with several numbers of goroutines.
func compare(b *testing.B, impls ...impl) {
	for _, goroutines := range []int{1, 2, 16} {
		b.Run(fmt.Sprint("goroutines=", goroutines), func(b *testing.B) {
			for _, im := range impls {
				b.Run("impl="+im.name, func(b *testing.B) {
					ctx := b.Context()
					add, sum := im.open(ctx)
					share.Run(b, goroutines, add)
					assert.Equal(b, b.N, sum(), "what the turns added up to")
				})
			}
		})
	}
}
