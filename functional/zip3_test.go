package functional_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

func mix3(a, b, c int) int { return mix(mix(a, b), c) }

// triples returns the triples of a, b and c up to the end of the shortest, or of
// the longest with 97, 98 and 99 for what the others lack.
func triples(a, b, c []int, padded bool) [][3]int {
	n := min(len(a), len(b), len(c))
	if padded {
		n = max(len(a), len(b), len(c))
	}
	out := [][3]int{}
	for i := range n {
		t := [3]int{97, 98, 99}
		for k, s := range [][]int{a, b, c} {
			if i < len(s) {
				t[k] = s[i]
			}
		}
		out = append(out, t)
	}
	return out
}

// unequalText is what a strict operator says of three lengths.
func unequalText(a, b, c int) string {
	n := min(a, b, c)
	said := func(short, long string) string {
		return fmt.Sprintf("functional: sequences of unequal length: the %s ended after %d elements, the %s did not", short, n, long)
	}
	switch {
	case a == b && b == c:
		return ""
	case b == n && a > n:
		return said("second", "first")
	case a > n:
		return said("third", "first")
	case b > n:
		return said("first", "second")
	default:
		return said("first", "third")
	}
}

func mixed(t [3]int) string { return fmt.Sprint(mix3(t[0], t[1], t[2])) }
func braced(t [3]int) string {
	return fmt.Sprintf("{%d %d %d}", t[0], t[1], t[2])
}

// textsOf returns the texts of ts.
func textsOf(ts [][3]int, text func([3]int) string) []string {
	out := []string{}
	for _, t := range ts {
		out = append(out, text(t))
	}
	return out
}

// strictTexts is textsOf for an operator that says at the end what is unequal, if
// anything is.
func strictTexts(ts [][3]int, text func([3]int) string, zero, unequal string) []string {
	out := []string{}
	for _, t := range ts {
		out = append(out, text(t)+":<nil>")
	}
	if unequal != "" {
		out = append(out, zero+":"+unequal)
	}
	return out
}

// Any three lengths, with and without reading ahead.
func TestThreeSequences(t *testing.T) {
	for _, ahead := range []int{0, 1, 2, 3, 256} {
		opt := functional.ZipOptions{Ahead: ahead}
		for i := range 5 * 5 * 5 {
			s, u, v := numbers(i%5), numbers(i/5%5), numbers(i/25)
			for k := range u {
				u[k] += 10
			}
			for k := range v {
				v[k] += 20
			}
			a, b, c := slices.Values(s), slices.Values(u), slices.Values(v)
			short, long := triples(s, u, v, false), triples(s, u, v, true)
			text := unequalText(len(s), len(u), len(v))
			name := fmt.Sprint("lengths ", len(s), len(u), len(v), ", ahead ", ahead)
			try := func(a, b, c int) (int, error) { return mix3(a, b, c), bad(a) }
			tryTexts := func(ts [][3]int) []string {
				return textsOf(ts, func(t [3]int) string {
					if err := bad(t[0]); err != nil {
						return fmt.Sprint("0:", err)
					}
					return mixed(t) + ":<nil>"
				})
			}
			require.Equal(t, textsOf(short, braced), collect(texts(functional.Zip3(a, b, c, opt))), name)
			require.Equal(t, textsOf(long, braced), collect(texts(functional.Zip3Longest(a, b, c, 97, 98, 99, opt))), name)
			require.Equal(t, strictTexts(short, braced, "{0 0 0}", text), collect(texts2(functional.Zip3Strict(a, b, c, opt))), name)
			require.Equal(t, textsOf(short, mixed), collect(texts(functional.Map3(a, b, c, mix3, opt))), name)
			require.Equal(t, textsOf(long, mixed), collect(texts(functional.Map3Longest(a, b, c, 97, 98, 99, mix3, opt))), name)
			require.Equal(t, strictTexts(short, mixed, "0", text), collect(texts2(functional.Map3Strict(a, b, c, mix3, opt))), name)
			require.Equal(t, tryTexts(short), collect(texts2(functional.TryMap3(a, b, c, try, opt))), name)
			require.Equal(t, tryTexts(long), collect(texts2(functional.TryMap3Longest(a, b, c, 97, 98, 99, try, opt))), name)
			want := tryTexts(short)
			if text != "" {
				want = append(want, "0:"+text)
			}
			require.Equal(t, want, collect(texts2(functional.TryMap3Strict(a, b, c, try, opt))), name)
		}
	}
}

// A sequence that has ended is not asked again.
func TestThreeSequencesAskNoFurther(t *testing.T) {
	once := func(n int) iter.Seq[int] {
		ended := false
		return func(yield func(int) bool) {
			require.False(t, ended, "ranged over again")
			for i := range n {
				if !yield(i) {
					return
				}
			}
			ended = true
		}
	}
	require.Equal(t, 5, functional.Count(functional.Zip3Longest(once(2), once(5), once(3), 0, 0, 0)))
	require.Equal(t, 5, functional.Count(functional.Map3Longest(once(1), once(1), once(5), 0, 0, 0, mix3)))
}

var _ = hold(
	law{"Zip3Strict", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.Zip3Strict(src, src, half(src), functional.ZipOptions{Ahead: 7}))
	}, func(s []int) []string {
		h := halfOf(s)
		return strictTexts(triples(s, s, h, false), braced, "{0 0 0}", unequalText(len(s), len(s), len(h)))
	}, true},
	law{"Zip3Longest", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Zip3Longest(half(src), half(src), src, 97, 98, 99))
	}, func(s []int) []string { return textsOf(triples(halfOf(s), halfOf(s), s, true), braced) }, true},
	law{"Map3Strict", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.Map3Strict(src, src, src, func(a, b, c int) int { hook(); return mix3(a, b, c) }))
	}, func(s []int) []string { return strictTexts(triples(s, s, s, false), mixed, "0", "") }, true},
	law{"Map3Longest", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts(functional.Map3Longest(half(src), src, half(src), 97, 98, 99, func(a, b, c int) int { hook(); return mix3(a, b, c) }))
	}, func(s []int) []string { return textsOf(triples(halfOf(s), s, halfOf(s), true), mixed) }, true},
	law{"TryMap3Strict", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryMap3Strict(src, src, src, func(a, b, c int) (int, error) { hook(); return mix3(a, b, c), bad(a) }))
	}, func(s []int) []string {
		return tried(s, "0", func(i int) []string { return []string{fmt.Sprint(mix3(i, i, i))} })
	}, true},
	law{"TryMap3Longest", func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return texts2(functional.TryMap3Longest(src, functional.Take(src, 1), src, 97, 98, 99, func(a, b, c int) (int, error) { hook(); return a - c, bad(a) }))
	}, func(s []int) []string { return tried(s, "0", func(i int) []string { return []string{"0"} }) }, true},
)
