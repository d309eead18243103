package functional_test

import (
	"fmt"
	"iter"
	"slices"

	"github.com/fanfold/fanfold/functional"
)

// before returns the elements of s before the first bad one, and its error.
func before(s []int) ([]int, error) {
	n := prefix(s, func(i int) bool { return bad(i) == nil })
	if n == len(s) {
		return s, nil
	}
	return s[:n], bad(s[n])
}

// first returns the text of what f says of the elements up to the one for which
// it knows, or of failed and the error that comes before.
func first(s []int, f func(i int) (string, bool), otherwise, failed string) string {
	for _, i := range s {
		if err := bad(i); err != nil {
			return stopped(failed, err)
		}
		if text, ok := f(i); ok {
			return text
		}
	}
	return otherwise
}

// stopped is the text of a query's answer as first has it.
func stopped(text string, err error) string {
	if err != nil {
		return fmt.Sprint(text, " stopped by ", err)
	}
	return text
}

func sentence(ok bool) func(i int) (string, bool) {
	return func(i int) (string, bool) { return fmt.Sprint(ok), isSeven(i) }
}

var _ = hold(
	answer("TryFold", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryFold(src, 7, failing2(hook, mix)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.FoldSlice(s, 7, mix), err)
	}),
	answer("TryReduce", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryReduce(functional.Chain(functional.Take(src, 1), functional.Drop(src, 1)), failing2(hook, mix)))
	}, func(s []int) string {
		if len(s) == 0 {
			return fmt.Sprint(0, functional.ErrEmpty)
		}
		rest, err := before(s[1:])
		return fmt.Sprint(functional.FoldSlice(rest, s[0], mix), err)
	}),
	answer("TryAny", true, func(src iter.Seq[int], hook func()) string {
		ok, err := functional.TryAny(src, failing(hook, isSeven))
		return stopped(fmt.Sprint(ok), err)
	}, func(s []int) string { return first(s, sentence(true), "false", "false") }),
	answer("TryAll", true, func(src iter.Seq[int], hook func()) string {
		ok, err := functional.TryAll(src, failing(hook, functional.Not(isSeven)))
		return stopped(fmt.Sprint(ok), err)
	}, func(s []int) string { return first(s, sentence(false), "true", "false") }),
	answer("TryFind", true, func(src iter.Seq[int], hook func()) string {
		i, ok, err := functional.TryFind(src, failing(hook, isSeven))
		return stopped(optional(i, ok), err)
	}, func(s []int) string {
		return first(s, func(i int) (string, bool) { return optional(i, true), isSeven(i) }, optional(0, false), optional(0, false))
	}),
	answer("TryGroupBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryGroupBy(src, failing(hook, third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.GroupBy(slices.Values(s), third), err)
	}),
	answer("TryCountBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryCountBy(src, failing(hook, third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.CountBy(slices.Values(s), third), err)
	}),
	answer("TryPartition", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryPartition(src, failing(hook, odd)))
	}, func(s []int) string {
		s, err := before(s)
		yes, no := functional.Partition(slices.Values(s), odd)
		return fmt.Sprint(yes, no, err)
	}),
	answer("TryToMap", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryToMap(src, func(i int) (int, int, error) { hook(); return third(i), i, bad(i) }))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(lastByThird(s), " ", err)
	}),
	answer("TryKeyBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryKeyBy(src, failing(hook, third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(lastByThird(s), " ", err)
	}),
	answer("TryMinBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryMinBy(src, failing(hook, key)))
	}, func(s []int) string { return bestOf(s, func(a, b int) bool { return key(a) < key(b) }) }),
	answer("TryMaxBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TryMaxBy(src, failing(hook, key)))
	}, func(s []int) string { return bestOf(s, func(a, b int) bool { return key(a) > key(b) }) }),
	answer("TrySortedBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.TrySortedBy(src, failing(hook, third)))
	}, func(s []int) string {
		s, err := before(s)
		if err != nil {
			return fmt.Sprint([]int(nil), err)
		}
		return fmt.Sprint(functional.SortedBy(slices.Values(s), third), err)
	}),
)

func bestOf(s []int, beats func(a, b int) bool) string {
	s, err := before(s)
	if i := extreme(s, beats); i >= 0 {
		return fmt.Sprint(s[i], err)
	}
	if err == nil {
		err = functional.ErrEmpty
	}
	return fmt.Sprint(0, err)
}
