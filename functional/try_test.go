package functional_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

// bad says which elements the functions of these tests fail for.
func bad(i int) error {
	if i%5 == 3 {
		return fmt.Errorf("bad %d", i)
	}
	return nil
}

// failing is f with a hook and the errors of bad, whose values must not be seen.
func failing[B any](hook func(), f func(int) B) func(int) (B, error) {
	return func(i int) (B, error) { hook(); return f(i), bad(i) }
}

func failing2[A, B any](hook func(), f func(A, int) B) func(A, int) (B, error) {
	return func(a A, i int) (B, error) { hook(); return f(a, i), bad(i) }
}

// tried returns the texts of the elements that good returns for each of s, and of
// an error and zero for those that are bad.
func tried(s []int, zero string, good func(i int) []string) []string {
	out := []string{}
	for _, i := range s {
		if err := bad(i); err != nil {
			out = append(out, zero+":"+err.Error())
			continue
		}
		for _, text := range good(i) {
			out = append(out, text+":<nil>")
		}
	}
	return out
}

var _ = hold(
	law{"TryMap", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryMap(src, failing(hook, key)))
	}, func(s []int) []string { return tried(s, "", func(i int) []string { return []string{key(i)} }) }, true},
	law{"TryFilter", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryFilter(src, failing(hook, odd)))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string { return keepIf([]int{i}, func(_, i int) bool { return odd(i) }) })
	}, true},
	law{"TryFilterMap", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryFilterMap(src, func(i int) (string, bool, error) { hook(); return key(i), odd(i), bad(i) }))
	}, func(s []int) []string {
		return tried(s, "", func(i int) []string { return []string{key(i)}[:i&1] })
	}, true},
	law{"TryFlatMap", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryFlatMap(src, failing(hook, func(i int) iter.Seq[int] {
			if i == 0 {
				return nil
			}
			return slices.Values([]int{i, -i})
		})))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string {
			if i == 0 {
				return nil
			}
			return each([]int{i, -i})
		})
	}, true},
	law{"TryTakeWhile", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryTakeWhile(src, failing(hook, below4)))
	}, func(s []int) []string {
		s = s[:prefix(s, func(i int) bool { return below4(i) || bad(i) != nil })]
		return tried(s, "0", func(i int) []string { return each([]int{i}) })
	}, true},
	law{"TryDropWhile", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryDropWhile(src, failing(hook, below4)))
	}, func(s []int) []string {
		n := prefix(s, func(i int) bool { return below4(i) || bad(i) != nil })
		out := tried(s[:n], "0", func(int) []string { return nil })
		for _, i := range s[n:] { // nobody looks whether they are bad
			out = append(out, fmt.Sprint(i, ":<nil>"))
		}
		return out
	}, true},
	law{"TryDistinctBy", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryDistinctBy(src, failing(hook, third)))
	}, func(s []int) []string {
		var seen []int
		return tried(s, "0", func(i int) []string {
			if slices.Contains(seen, third(i)) {
				return nil
			}
			seen = append(seen, third(i))
			return each([]int{i})
		})
	}, true},
	law{"TryPeek", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryPeek(src, func(i int) error { hook(); return bad(i) }))
	}, func(s []int) []string { return tried(s, "0", func(i int) []string { return each([]int{i}) }) }, true},
	law{"TryScan", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryScan(src, 7, failing2(hook, mix)))
	}, func(s []int) []string {
		acc := 7
		return append([]string{"7:<nil>"}, tried(s, "0", func(i int) []string { acc = mix(acc, i); return each([]int{acc}) })...)
	}, true},
	law{"TryMap2", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryMap2(functional.Repeat(4), src, failing2(hook, mix)))
	}, func(s []int) []string { return tried(s, "0", func(i int) []string { return each([]int{mix(4, i)}) }) }, true},
	law{"TryAccumulate", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryAccumulate(src, failing2(hook, mix)))
	}, func(s []int) []string {
		if len(s) == 0 {
			return []string{}
		}
		acc := s[0]
		return append([]string{fmt.Sprint(acc, ":<nil>")}, tried(s[1:], "0", func(i int) []string { acc = mix(acc, i); return each([]int{acc}) })...)
	}, true},
	law{"TryFromKV", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryFromKV(functional.Zip(functional.Repeat(4), src), failing2(hook, mix)))
	}, func(s []int) []string { return tried(s, "0", func(i int) []string { return each([]int{mix(4, i)}) }) }, true},
	law{"TryGroupRuns", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryGroupRuns(src, failing(hook, third)))
	}, func(s []int) []string {
		out := []string{}
		var run []int
		flush := func() {
			if len(run) > 0 {
				out = append(out, fmt.Sprintf("{%d %v}:<nil>", third(run[0]), run))
			}
			run = nil
		}
		for _, i := range s {
			if err := bad(i); err != nil {
				out = append(out, "{0 []}:"+err.Error())
				continue
			}
			if len(run) > 0 && third(run[0]) != third(i) {
				flush()
			}
			run = append(run, i)
		}
		flush()
		return out
	}, true},
	law{"Indexed", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.Indexed(functional.TryMap(src, failing(hook, same))))
	}, func(s []int) []string {
		out := tried(s, "0", func(i int) []string { return each([]int{i}) })
		for at, i := range s {
			if err := bad(i); err != nil {
				out[at] = fmt.Sprintf("0:element %d: %v", at, err)
			}
		}
		return out
	}, true},
	law{"Skip", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return func(yield func(string) bool) {
			skipped := 0
			values := functional.Skip(functional.TryMap(src, failing(noHook, same)), func(error) { hook(); skipped++ })
			for i := range values {
				if !yield(fmt.Sprint(i, skipped)) {
					return
				}
			}
		}
	}, func(s []int) []string {
		out := []string{}
		skipped := 0
		for _, i := range s {
			if bad(i) != nil {
				skipped++
			} else {
				out = append(out, fmt.Sprint(i, skipped))
			}
		}
		return out
	}, true},
)

func TestTryIterate(t *testing.T) {
	calls := 0
	pages := functional.TryIterate(0, func(page int) (int, error) {
		if calls++; page == 2 {
			return 9, io.EOF
		}
		return page + 1, nil
	})
	for range 2 {
		calls = 0
		require.Equal(t, []string{"0:<nil>", "1:<nil>", "2:<nil>", "0:EOF"}, collect(texts2(pages)))
		require.Equal(t, 3, calls)
	}
	for range pages {
		calls = 0
		break
	}
	require.Zero(t, calls)
}

func TestIndexError(t *testing.T) {
	read := func(i int) (int, error) {
		if i == 2 {
			return 0, io.ErrUnexpectedEOF
		}
		return i, nil
	}
	_, err := functional.TryCollect(functional.Indexed(functional.TryMap(count(5), read)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	var at *functional.IndexError
	require.True(t, errors.As(err, &at))
	require.Equal(t, 2, at.Index)
	require.EqualError(t, err, "element 2: unexpected EOF")
}
