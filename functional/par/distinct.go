package par

import "context"

// Distinct returns a new slice of the elements of s that differ from all
// elements before them, in order. It is [functional.Distinct] of a slice by
// several goroutines.
//
// Distinct blocks until that is done. When ctx ends it returns nil and the
// cause. The result of a call that succeeds is never nil. NaN is not equal to
// NaN: the result has all of them. Distinct panics with a *[PanicError] when an
// element of an interface type cannot be compared.
//
// Distinct hashes each element, up to twice, and needs two bytes of memory for
// each.
func Distinct[A comparable](ctx context.Context, s []A, options ...Options) ([]A, error) {
	p := checked("Distinct", options)
	sh := newShards(s, p)
	err := runEach(ctx, len(s), p, p.items(), func(w *worker, lo, hi int) {
		// Where there are few different elements, most need not be dealt.
		const few = 64
		seen := map[A]struct{}{}
		for i := lo; i < hi && w.goOn(i); i++ {
			if was := len(seen); was < few {
				if seen[s[i]] = struct{}{}; len(seen) == was {
					continue
				}
			}
			sh.deal(i)
		}
	})
	if err != nil {
		return nil, err
	}
	return firsts(s, sh, p), nil
}

// DistinctBy returns a new slice of the first element of s for each key
// key(ctx, a), in order. It is [functional.DistinctBy] of a slice by several
// goroutines.
//
// DistinctBy blocks until no key is running. It calls key once for each
// element. The result of a call that succeeds is never nil. The failing item
// with the lowest index ends the call, which returns nil and its error. With
// AllErrors the result lacks the items that failed. The package documentation
// describes errors, panics and the end of ctx. DistinctBy panics when key is
// nil, and with a *[PanicError] when a key of an interface type cannot be
// compared.
//
// It costs as much as [Map] and [Distinct].
func DistinctBy[A any, K comparable](ctx context.Context, s []A, key func(context.Context, A) (K, error), options ...Options) ([]A, error) {
	if key == nil {
		panic("par: DistinctBy with a nil function")
	}
	p := checked("DistinctBy", options)
	sh, err := shardsOf(ctx, s, key, p)
	if err != nil && !p.AllErrors {
		return nil, err
	}
	return firsts(s, sh, p), err
}

// firsts returns the first element of each key.
func firsts[A any, K comparable](s []A, sh *shards[K], p Options) []A {
	first := make([]bool, len(s))
	counts := make([]int, sh.n)
	sh.each(p, func(shard int) {
		seen := map[K]struct{}{}
		n := 0
		for i := range sh.items(shard) {
			was := len(seen)
			if seen[sh.keys[i]] = struct{}{}; len(seen) > was {
				first[i] = true
				n++
			}
		}
		counts[shard] = n
	})
	count := 0
	for _, n := range counts {
		count += n
	}
	out := make([]A, 0, count)
	for i, is := range first {
		if is {
			out = append(out, s[i])
		}
	}
	return out
}
