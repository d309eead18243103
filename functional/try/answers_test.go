package try_test

import (
	"fmt"
	"iter"
	"slices"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/try"
)

// before returns the elements of s before the first bad one, and its error.
func before(s []int) ([]int, error) {
	n := laws.Prefix(s, func(i int) bool { return bad(i) == nil })
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
	return func(i int) (string, bool) { return fmt.Sprint(ok), laws.IsSeven(i) }
}

var _ = laws.Hold(
	laws.Answer("Fold", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.Fold(src, 7, failing2(hook, laws.Mix)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.FoldSlice(s, 7, laws.Mix), err)
	}),
	laws.Answer("Reduce", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.Reduce(functional.Chain(functional.Take(src, 1), functional.Drop(src, 1)), failing2(hook, laws.Mix)))
	}, func(s []int) string {
		if len(s) == 0 {
			return fmt.Sprint(0, functional.ErrEmpty)
		}
		rest, err := before(s[1:])
		return fmt.Sprint(functional.FoldSlice(rest, s[0], laws.Mix), err)
	}),
	laws.Answer("Any", true, func(src iter.Seq[int], hook func()) string {
		ok, err := try.Any(src, failing(hook, laws.IsSeven))
		return stopped(fmt.Sprint(ok), err)
	}, func(s []int) string { return first(s, sentence(true), "false", "false") }),
	laws.Answer("All", true, func(src iter.Seq[int], hook func()) string {
		ok, err := try.All(src, failing(hook, functional.Not(laws.IsSeven)))
		return stopped(fmt.Sprint(ok), err)
	}, func(s []int) string { return first(s, sentence(false), "true", "false") }),
	laws.Answer("Find", true, func(src iter.Seq[int], hook func()) string {
		i, ok, err := try.Find(src, failing(hook, laws.IsSeven))
		return stopped(laws.Optional(i, ok), err)
	}, func(s []int) string {
		return first(s, func(i int) (string, bool) { return laws.Optional(i, true), laws.IsSeven(i) }, laws.Optional(0, false), laws.Optional(0, false))
	}),
	laws.Answer("GroupBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.GroupBy(src, failing(hook, laws.Third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.GroupBy(slices.Values(s), laws.Third), err)
	}),
	laws.Answer("CountBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.CountBy(src, failing(hook, laws.Third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(functional.CountBy(slices.Values(s), laws.Third), err)
	}),
	laws.Answer("Partition", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.Partition(src, failing(hook, laws.Odd)))
	}, func(s []int) string {
		s, err := before(s)
		yes, no := functional.Partition(slices.Values(s), laws.Odd)
		return fmt.Sprint(yes, no, err)
	}),
	laws.Answer("ToMap", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.ToMap(src, func(i int) (int, int, error) { hook(); return laws.Third(i), i, bad(i) }))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(laws.LastByThird(s), " ", err)
	}),
	laws.Answer("KeyBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.KeyBy(src, failing(hook, laws.Third)))
	}, func(s []int) string {
		s, err := before(s)
		return fmt.Sprint(laws.LastByThird(s), " ", err)
	}),
	laws.Answer("MinBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.MinBy(src, failing(hook, laws.Key)))
	}, func(s []int) string { return bestOf(s, func(a, b int) bool { return laws.Key(a) < laws.Key(b) }) }),
	laws.Answer("MaxBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.MaxBy(src, failing(hook, laws.Key)))
	}, func(s []int) string { return bestOf(s, func(a, b int) bool { return laws.Key(a) > laws.Key(b) }) }),
	laws.Answer("SortedBy", true, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(try.SortedBy(src, failing(hook, laws.Third)))
	}, func(s []int) string {
		s, err := before(s)
		if err != nil {
			return fmt.Sprint([]int(nil), err)
		}
		return fmt.Sprint(functional.SortedBy(slices.Values(s), laws.Third), err)
	}),
)

func bestOf(s []int, beats func(a, b int) bool) string {
	s, err := before(s)
	if i := laws.Extreme(s, beats); i >= 0 {
		return fmt.Sprint(s[i], err)
	}
	if err == nil {
		err = functional.ErrEmpty
	}
	return fmt.Sprint(0, err)
}
