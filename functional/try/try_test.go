package try_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/try"
)

func TestMap(t *testing.T) {
	words := slices.Values(strings.Fields("1 two 3 four 5"))
	var values []int
	var failed int
	for i, err := range try.Map(words, strconv.Atoi) {
		values = append(values, i)
		if err != nil {
			failed++
		}
	}
	require.Equal(t, []int{1, 0, 3, 0, 5}, values)
	require.Equal(t, 2, failed)

	got, err := try.Collect(try.Map(words, strconv.Atoi))
	require.Equal(t, []int{1}, got)
	require.ErrorIs(t, err, strconv.ErrSyntax)

	bad := try.Map(slices.Values([]int{1}), func(int) (int, error) { return 7, errors.New("bad") })
	for i := range bad {
		require.Zero(t, i, "the value of a failed element")
	}
}

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

var _ = laws.Hold(
	laws.Sequence("Map", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Map(src, failing(hook, laws.Key)))
	}, func(s []int) []string { return tried(s, "", func(i int) []string { return []string{laws.Key(i)} }) }),
	laws.Sequence("Filter", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Filter(src, failing(hook, laws.Odd)))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string { return laws.KeepIf([]int{i}, func(_, i int) bool { return laws.Odd(i) }) })
	}),
	laws.Sequence("FilterMap", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.FilterMap(src, func(i int) (string, bool, error) { hook(); return laws.Key(i), laws.Odd(i), bad(i) }))
	}, func(s []int) []string {
		return tried(s, "", func(i int) []string { return []string{laws.Key(i)}[:i&1] })
	}),
	laws.Sequence("FlatMap", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.FlatMap(src, failing(hook, func(i int) iter.Seq[int] {
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
			return laws.Each([]int{i, -i})
		})
	}),
	laws.Sequence("TakeWhile", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.TakeWhile(src, failing(hook, laws.Below4)))
	}, func(s []int) []string {
		s = s[:laws.Prefix(s, func(i int) bool { return laws.Below4(i) || bad(i) != nil })]
		return tried(s, "0", func(i int) []string { return laws.Each([]int{i}) })
	}),
	laws.Sequence("DropWhile", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.DropWhile(src, failing(hook, laws.Below4)))
	}, func(s []int) []string {
		n := laws.Prefix(s, func(i int) bool { return laws.Below4(i) || bad(i) != nil })
		out := tried(s[:n], "0", func(int) []string { return nil })
		for _, i := range s[n:] { // nobody looks whether they are bad
			out = append(out, fmt.Sprint(i, ":<nil>"))
		}
		return out
	}),
	laws.Sequence("DistinctBy", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.DistinctBy(src, failing(hook, laws.Third)))
	}, func(s []int) []string {
		var seen []int
		return tried(s, "0", func(i int) []string {
			if slices.Contains(seen, laws.Third(i)) {
				return nil
			}
			seen = append(seen, laws.Third(i))
			return laws.Each([]int{i})
		})
	}),
	laws.Sequence("Peek", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Peek(src, func(i int) error { hook(); return bad(i) }))
	}, func(s []int) []string { return tried(s, "0", func(i int) []string { return laws.Each([]int{i}) }) }),
	laws.Sequence("Scan", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Scan(src, 7, failing2(hook, laws.Mix)))
	}, func(s []int) []string {
		acc := 7
		return append([]string{"7:<nil>"}, tried(s, "0", func(i int) []string { acc = laws.Mix(acc, i); return laws.Each([]int{acc}) })...)
	}),
	laws.Sequence("Map2", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Map2(functional.Repeat(4), src, failing2(hook, laws.Mix)))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string { return laws.Each([]int{laws.Mix(4, i)}) })
	}),
	laws.Sequence("Accumulate", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Accumulate(src, failing2(hook, laws.Mix)))
	}, func(s []int) []string {
		if len(s) == 0 {
			return []string{}
		}
		acc := s[0]
		return append([]string{fmt.Sprint(acc, ":<nil>")}, tried(s[1:], "0", func(i int) []string { acc = laws.Mix(acc, i); return laws.Each([]int{acc}) })...)
	}),
	laws.Sequence("FromKV", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.FromKV(functional.Zip(functional.Repeat(4), src), failing2(hook, laws.Mix)))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string { return laws.Each([]int{laws.Mix(4, i)}) })
	}),
	laws.Sequence("GroupRuns", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.GroupRuns(src, failing(hook, laws.Third)))
	}, func(s []int) []string {
		out := []string{}
		var run []int
		flush := func() {
			if len(run) > 0 {
				out = append(out, fmt.Sprintf("{%d %v}:<nil>", laws.Third(run[0]), run))
			}
			run = nil
		}
		for _, i := range s {
			if err := bad(i); err != nil {
				out = append(out, "{0 []}:"+err.Error())
				continue
			}
			if len(run) > 0 && laws.Third(run[0]) != laws.Third(i) {
				flush()
			}
			run = append(run, i)
		}
		flush()
		return out
	}),
	laws.Sequence("Indexed", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts2(try.Indexed(try.Map(src, failing(hook, laws.Same))))
	}, func(s []int) []string {
		out := tried(s, "0", func(i int) []string { return laws.Each([]int{i}) })
		for at, i := range s {
			if err := bad(i); err != nil {
				out[at] = fmt.Sprintf("0:element %d: %v", at, err)
			}
		}
		return out
	}),
	laws.Sequence("Skip", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return func(yield func(string) bool) {
			skipped := 0
			values := try.Skip(try.Map(src, failing(laws.NoHook, laws.Same)), func(error) { hook(); skipped++ })
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
	}),
)

func TestIterate(t *testing.T) {
	calls := 0
	pages := try.Iterate(0, func(page int) (int, error) {
		if calls++; page == 2 {
			return 9, io.EOF
		}
		return page + 1, nil
	})
	for range 2 {
		calls = 0
		require.Equal(t, []string{"0:<nil>", "1:<nil>", "2:<nil>", "0:EOF"}, laws.Collect(laws.Texts2(pages)))
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
	_, err := try.Collect(try.Indexed(try.Map(laws.Count(5), read)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	var at *functional.IndexError
	require.True(t, errors.As(err, &at))
	require.Equal(t, 2, at.Index)
	require.EqualError(t, err, "element 2: unexpected EOF")
}
