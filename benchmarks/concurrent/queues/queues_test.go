package queues_test

import (
	"cmp"
	"context"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkQueue: first in, first out, 128 items.
func BenchmarkQueue(b *testing.B) {
	compare(b,
		impl{"channel", channel},
		impl{"channel-context", channelContext},
		impl{"mutex-ring", hand(func() store { return &ring{} })},
		impl{"xsync-spinning", spinning},
		impl{"fanfold", fanfold},
		impl{"fanfold-batches", func(tb testing.TB) (func(int), func(int) int) {
			q := concurrent.NewQueue[int](capacity)
			return batches(tb, q)
		}},
	)
}

// BenchmarkSimpleQueue: first in, first out, without bound.
func BenchmarkSimpleQueue(b *testing.B) {
	compare(b,
		impl{"mutex-slice", hand(func() store { return &list{} })},
		impl{"fanfold", func(tb testing.TB) (func(int), func(int) int) {
			q := concurrent.NewQueue[int](-1)
			return calls(tb, q.Put, q.Get)
		}},
	)
}

// BenchmarkLifoQueue: last in, first out, 128 items.
func BenchmarkLifoQueue(b *testing.B) {
	compare(b,
		impl{"mutex-stack", hand(func() store { return &stack{} })},
		impl{"fanfold", func(tb testing.TB) (func(int), func(int) int) {
			q := concurrent.NewLifoQueue[int](capacity)
			return calls(tb, q.Put, q.Get)
		}},
	)
}

// BenchmarkPriorityQueue: the smallest first, 128 items.
func BenchmarkPriorityQueue(b *testing.B) {
	compare(b,
		impl{"mutex-heap", hand(func() store { return &tree{} })},
		impl{"fanfold", func(tb testing.TB) (func(int), func(int) int) {
			q := concurrent.NewPriorityQueue(capacity, cmp.Compare[int])
			return calls(tb, q.Put, q.Get)
		}},
	)
}

// fanfold puts and gets one item at a time, by calls as direct as those of a channel.
func fanfold(tb testing.TB) (func(int), func(int) int) {
	q, ctx := concurrent.NewQueue[int](capacity), endable(tb)
	put := func(n int) {
		for i := range n {
			if err := q.Put(ctx, i); err != nil {
				tb.Error(err)
			}
		}
	}
	get := func(n int) (sum int) {
		for range n {
			v, err := q.Get(ctx)
			if err != nil {
				tb.Error(err)
			}
			sum += v
		}
		return sum
	}
	return put, get
}

// calls does the same with any queue.
func calls(tb testing.TB, put func(context.Context, int) error, get func(context.Context) (int, error)) (func(int), func(int) int) {
	ctx := endable(tb)
	putAll := func(n int) {
		for i := range n {
			if err := put(ctx, i); err != nil {
				tb.Error(err)
			}
		}
	}
	getAll := func(n int) (sum int) {
		for range n {
			v, err := get(ctx)
			if err != nil {
				tb.Error(err)
			}
			sum += v
		}
		return sum
	}
	return putAll, getAll
}

// batches puts and gets up to 16 items at a time.
func batches(tb testing.TB, q *concurrent.Queue[int]) (func(int), func(int) int) {
	const batch = 16
	ctx := endable(tb)
	putAll := func(n int) {
		var items [batch]int
		for i := 0; i < n; {
			k := min(batch, n-i)
			for j := range k {
				items[j] = i + j
			}
			if _, err := q.PutAll(ctx, items[:k]); err != nil {
				tb.Error(err)
			}
			i += k
		}
	}
	getAll := func(n int) (sum int) {
		var items [batch]int
		for n > 0 {
			k, err := q.GetMany(ctx, items[:min(batch, n)])
			if err != nil {
				tb.Error(err)
			}
			for _, v := range items[:k] {
				sum += v
			}
			n -= k
		}
		return sum
	}
	return putAll, getAll
}
