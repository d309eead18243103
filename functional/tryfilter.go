package functional

import "iter"

// TryFilter is [Filter] for a function that can fail: it yields (a, nil) for each
// a of seq that keep wants, and (zero, err) where keep failed; see [TryMap] for
// what an error means and for the rest.
func TryFilter[A any](seq iter.Seq[A], keep func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || keep == nil {
		panic("functional: TryFilter of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			switch ok, err := keep(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return !ok || yield(a, nil)
			}
		})
	}
}

// TryFilterMap is [FilterMap] for a function that can fail: it yields (b, nil) for
// each a of seq for which f returns (b, true, nil), and (zero, err) where f failed;
// see [TryMap] for what an error means and for the rest.
func TryFilterMap[A, B any](seq iter.Seq[A], f func(A) (B, bool, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("functional: TryFilterMap of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		var zero B
		seq(func(a A) bool {
			switch b, ok, err := f(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return !ok || yield(b, nil)
			}
		})
	}
}

// TryFlatMap is [FlatMap] for a function that can fail: it yields (b, nil) for the
// elements b of f(a), and (zero, err) where f failed; see [TryMap] for what an
// error means and for the rest.
func TryFlatMap[A, B any](seq iter.Seq[A], f func(A) (iter.Seq[B], error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("functional: TryFlatMap of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		var zero B
		seq(func(a A) bool {
			inner, err := f(a)
			if err != nil {
				return yield(zero, err)
			}
			if inner == nil {
				return true
			}
			more := true
			inner(func(b B) bool {
				more = yield(b, nil)
				return more
			})
			return more
		})
	}
}

// TryTakeWhile is [TakeWhile] for a function that can fail: where while fails it
// yields (zero, err) and goes on, for an error is not an answer; see [TryMap] for
// the rest.
func TryTakeWhile[A any](seq iter.Seq[A], while func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || while == nil {
		panic("functional: TryTakeWhile of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			switch ok, err := while(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return ok && yield(a, nil)
			}
		})
	}
}

// TryDropWhile is [DropWhile] for a function that can fail: where while fails it
// yields (zero, err) and goes on dropping, for an error is not an answer; see
// [TryMap] for the rest.
func TryDropWhile[A any](seq iter.Seq[A], while func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || while == nil {
		panic("functional: TryDropWhile of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		dropping := true
		seq(func(a A) bool {
			if dropping {
				ok, err := while(a)
				if err != nil {
					return yield(zero, err)
				}
				if ok {
					return true
				}
				dropping = false
			}
			return yield(a, nil)
		})
	}
}

// TryDistinctBy is [DistinctBy] for a function that can fail: it yields (a, nil)
// for the first a of each key, and (zero, err) where key failed; see [TryMap] for
// what an error means and for the rest.
func TryDistinctBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) iter.Seq2[A, error] {
	if seq == nil || key == nil {
		panic("functional: TryDistinctBy of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seen := map[K]struct{}{}
		seq(func(a A) bool {
			k, err := key(a)
			if err != nil {
				return yield(zero, err)
			}
			n := len(seen)
			seen[k] = struct{}{}
			return len(seen) == n || yield(a, nil)
		})
	}
}

// TryPeek is [Peek] for a function that can fail: it yields (a, nil), or
// (zero, err) where look failed; see [TryMap] for what an error means and for the
// rest.
func TryPeek[A any](seq iter.Seq[A], look func(A) error) iter.Seq2[A, error] {
	if seq == nil || look == nil {
		panic("functional: TryPeek of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			if err := look(a); err != nil {
				return yield(zero, err)
			}
			return yield(a, nil)
		})
	}
}
