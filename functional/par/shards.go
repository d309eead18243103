package par

import (
	"bytes"
	"context"
	"hash/maphash"
	"iter"
)

// shards deals the items [0, len(keys)) to shards by their keys. Items with
// equal keys are in the same shard, so that each of these can be worked through in
// order and without a look at the others.
type shards[K comparable] struct {
	keys []K
	home []byte // the shard of each item, from 1 on; 0 for those that are left out
	n    int    // shards
	seed maphash.Seed
}

// shardsOf deals items with the keys key(ctx, a), and returns what went wrong.
func shardsOf[A any, K comparable](ctx context.Context, s []A, key func(context.Context, A) (K, error), p Options) (*shards[K], error) {
	sh := newShards(make([]K, len(s)), p)
	err := runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		for i := lo; i < hi && w.goOn(i); i++ {
			k, err := key(&w.ctx, s[i])
			if err != nil {
				w.fail(i, err)
				continue
			}
			sh.keys[i] = k
			sh.deal(i)
		}
	})
	return sh, err
}

// newShards returns shards of which nothing is dealt yet.
func newShards[K comparable](keys []K, p Options) *shards[K] {
	const worthwhile = 1 << 14 // items
	sh := &shards[K]{keys: keys, home: make([]byte, len(keys)), n: 1, seed: maphash.MakeSeed()}
	if p.Workers > 1 && len(keys) >= worthwhile {
		sh.n = min(4*p.Workers, 255)
	}
	return sh
}

// deal notes the shard of item i.
func (sh *shards[K]) deal(i int) {
	if sh.n == 1 {
		sh.home[i] = 1
		return
	}
	hash := maphash.Comparable(sh.seed, sh.keys[i])
	sh.home[i] = 1 + byte(hash>>32*uint64(sh.n)>>32)
}

// items returns the items of a shard, which are numbered from 0 on, in order.
func (sh *shards[K]) items(shard int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; ; i++ {
			next := bytes.IndexByte(sh.home[i:], byte(1+shard))
			if next < 0 {
				return
			}
			i += next
			if !yield(i) {
				return
			}
		}
	}
}

// each calls f for every shard. All keys are there, so that the end of a context
// cannot come between any more.
func (sh *shards[K]) each(p Options, f func(shard int)) {
	runEach(context.Background(), sh.n, p, grain{fixed: 1}, func(w *worker, shard, _ int) {
		if w.goOn(shard) {
			f(shard)
		}
	})
}
