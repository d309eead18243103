package queues_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/benchmarks/internal/share"
)

// capacity is how many items a bounded queue holds.
const capacity = 128

// An impl passes items from goroutines to goroutines.
type impl struct {
	name string
	// open returns how to put the items from 0 to below n, and how to take n items
	// and add them up. Both are called by several goroutines.
	open func(tb testing.TB) (put func(n int), get func(n int) int)
}

// compare measures impls with several shapes.
func compare(b *testing.B, impls ...impl) {
	for _, pairs := range []int{1, 4, 32} {
		b.Run(fmt.Sprintf("shape=%dx%d", pairs, pairs), func(b *testing.B) {
			for _, im := range impls {
				b.Run("impl="+im.name, func(b *testing.B) { pass(b, pairs, im) })
			}
		})
	}
}

// pass puts b.N items by some goroutines and takes them by as many others.
func pass(b *testing.B, pairs int, im impl) {
	put, get := im.open(b)
	var next, want, got atomic.Int64
	quota := func(g int64) int { // of the pair that is the g-th
		n, p := int64(b.N), int64(pairs)
		return int(n*(g+1)/p - n*g/p)
	}
	share.Run(b, 2*pairs, func(int) {
		i := next.Add(1) - 1
		n := quota(i / 2)
		if i%2 == 0 {
			put(n)
			want.Add(int64(n) * int64(n-1) / 2)
		} else {
			got.Add(int64(get(n)))
		}
	})
	assert.Equal(b, want.Load(), got.Load(), "the items put and the items taken add up to the same")
}

// endable returns a context that can end, and does with the benchmark.
func endable(tb testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	return ctx
}
