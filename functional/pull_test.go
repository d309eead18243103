package functional_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/internal/effort"
)

func half(src iter.Seq[int]) iter.Seq[int] {
	return functional.Map(functional.StepBy(src, 2), func(i int) int { return -i })
}

func halfOf(s []int) []int {
	out := []int{}
	for i := 0; i < len(s); i += 2 {
		out = append(out, -s[i])
	}
	return out
}

// zipped returns the texts of the pairs of a and b, with 99 for what one of them
// lacks when it is padded.
func zipped(a, b []int, padded bool, text func(a, b int) string) []string {
	out := []string{}
	for i := range max(len(a), len(b)) {
		switch {
		case i < len(a) && i < len(b):
			out = append(out, text(a[i], b[i]))
		case padded && i < len(a):
			out = append(out, text(a[i], 99))
		case padded:
			out = append(out, text(99, b[i]))
		}
	}
	return out
}

func colon(a, b int) string { return fmt.Sprint(a, ":", b) }

// strictly is zipped with the error at its end.
func strictly(a, b []int, zero string, text func(a, b int) string) []string {
	out := zipped(a, b, false, func(a, b int) string { return text(a, b) + ":<nil>" })
	const unequal = "%s:functional: sequences of unequal length: the %s ended after %d elements, the %s did not"
	switch {
	case len(a) < len(b):
		return append(out, fmt.Sprintf(unequal, zero, "first", len(a), "second"))
	case len(a) > len(b):
		return append(out, fmt.Sprintf(unequal, zero, "second", len(b), "first"))
	}
	return out
}

func braces(a, b int) string { return fmt.Sprintf("{%d %d}", a, b) }

func decimal(a, b int) string { return fmt.Sprint(laws.Mix(a, b)) }

// Each way of reading ahead, with the longer sequence on either side and with
// equal lengths.
var _ = func() (none struct{}) {
	sides := []struct {
		name string
		seqs func(src iter.Seq[int]) (a, b iter.Seq[int])
		of   func(s []int) (a, b []int)
	}{
		{"equal", func(src iter.Seq[int]) (a, b iter.Seq[int]) { return src, src }, func(s []int) (a, b []int) { return s, s }},
		{"first longer", func(src iter.Seq[int]) (a, b iter.Seq[int]) { return src, half(src) }, func(s []int) (a, b []int) { return s, halfOf(s) }},
		{"second longer", func(src iter.Seq[int]) (a, b iter.Seq[int]) { return half(src), src }, func(s []int) (a, b []int) { return halfOf(s), s }},
	}
	for _, ahead := range []int{0, 1, 2, 7, 256, 1000} {
		opt := functional.ZipOptions{Ahead: ahead}
		for _, side := range sides {
			add := func(name string, run func(a, b iter.Seq[int], hook func()) iter.Seq[string], want func(a, b []int) []string) {
				laws.Hold(laws.Sequence(fmt.Sprint(name, ", ", side.name, ", ", ahead), true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
					a, b := side.seqs(src)
					return run(a, b, hook)
				}, func(s []int) []string {
					return want(side.of(s))
				}))
			}
			add("Zip", func(a, b iter.Seq[int], hook func()) iter.Seq[string] {
				return laws.Texts2(functional.Zip(a, b, opt))
			}, func(a, b []int) []string { return zipped(a, b, false, colon) })
			add("ZipStrict", func(a, b iter.Seq[int], hook func()) iter.Seq[string] {
				return laws.Texts2(functional.ZipStrict(a, b, opt))
			}, func(a, b []int) []string { return strictly(a, b, "{0 0}", braces) })
			add("ZipLongest", func(a, b iter.Seq[int], hook func()) iter.Seq[string] {
				return laws.Texts2(functional.ZipLongest(a, b, 99, 99, opt))
			}, func(a, b []int) []string { return zipped(a, b, true, colon) })
			add("Map2", func(a, b iter.Seq[int], hook func()) iter.Seq[string] {
				return laws.Texts(functional.Map2(a, b, laws.Hooked2(hook, laws.Mix), opt))
			}, func(a, b []int) []string { return zipped(a, b, false, decimal) })
		}
	}
	return none
}()

var _ = laws.Hold(
	laws.Sequence("Chain", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Chain(src, functional.Take(src, 0), half(src)))
	}, func(s []int) []string { return laws.Each(slices.Concat(s, halfOf(s))) }),
	laws.Sequence("Interleave", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return laws.Texts(functional.Interleave(half(src), functional.Take(src, 0), src, functional.Take(src, 3)))
	}, func(s []int) []string {
		out := []string{}
		for i := range s {
			if h := halfOf(s); i < len(h) {
				out = append(out, fmt.Sprint(h[i]))
			}
			out = append(out, fmt.Sprint(s[i]))
			if i < 3 {
				out = append(out, fmt.Sprint(s[i]))
			}
		}
		return out
	}),
	laws.Answer("Unzip", false, func(src iter.Seq[int], hook func()) string {
		return fmt.Sprint(functional.Unzip(functional.ToKV(src, pair)))
	}, func(s []int) string {
		keys, values := []int{}, []string{}
		for _, i := range s {
			k, v := pair(i)
			keys, values = append(keys, k), append(values, v)
		}
		return fmt.Sprint(keys, values)
	}),
	laws.Answer("Tee", false, func(src iter.Seq[int], hook func()) string {
		var sum, n, seventh int
		var firstTwo []int
		functional.Tee(src,
			func(seq iter.Seq[int]) { sum = functional.Fold(seq, 0, func(a, b int) int { hook(); return a + b }) },
			func(seq iter.Seq[int]) { firstTwo = slices.Collect(functional.Take(seq, 2)) },
			func(iter.Seq[int]) {},
			func(seq iter.Seq[int]) {
				// A second range goes on where the first ended.
				n = functional.Count(functional.Take(seq, 7))
				seventh, _ = functional.Last(seq)
				n += functional.Count(seq)
			})
		return fmt.Sprint(sum, firstTwo, n, seventh)
	}, func(s []int) string {
		sum, last := 0, 0
		for _, i := range s {
			sum += i
		}
		if len(s) > 7 {
			last = s[len(s)-1]
		}
		return fmt.Sprint(sum, s[:min(2, len(s))], min(7, len(s)), last)
	}),
	laws.Sequence("TeeUnbounded", true, func(src iter.Seq[int], hook func()) iter.Seq[string] {
		return func(yield func(string) bool) {
			seqs, stop := functional.TeeUnbounded(src, 3)
			defer stop()
			for i := range seqs[0] {
				behind := slices.Collect(functional.Take(seqs[1], i&3))
				if !yield(fmt.Sprint(i, behind)) {
					return
				}
			}
			yield(fmt.Sprint(slices.Collect(seqs[2]), slices.Collect(seqs[1])))
		}
	}, func(s []int) []string {
		rest := s
		out := []string{}
		// The sequence behind may overtake: elements come once to each.
		for _, i := range s {
			n := min(i&3, len(rest))
			out = append(out, fmt.Sprint(i, rest[:n]))
			rest = rest[n:]
		}
		return append(out, fmt.Sprint(s, rest))
	}),
)

func TestMap2Slice(t *testing.T) {
	for _, n := range []int{0, 1, 2, 257} {
		for _, m := range []int{0, 1, 2, 300} {
			a, b := laws.Small(n), laws.Small(m)
			want := slices.AppendSeq([]int{}, functional.Map2(slices.Values(a), slices.Values(b), laws.Mix))
			require.Equal(t, want, functional.Map2Slice(a, b, laws.Mix))
		}
	}
}

// How far the sequences are read is part of what Zip promises.
func TestZipAsksForNoMore(t *testing.T) {
	asked := func(seq iter.Seq[int], n *int) iter.Seq[int] {
		return functional.Peek(seq, func(int) { *n++ })
	}
	for _, c := range []struct{ lenA, lenB, ahead, stop, askedA, askedB int }{
		{5, 3, 0, 9, 4, 3},
		{3, 5, 0, 9, 3, 3},
		{5, 5, 0, 2, 2, 2},
		{9, 9, 4, 2, 2, 4},
		{9, 9, 4, 5, 5, 8},
	} {
		a, b, n := 0, 0, 0
		for range functional.Zip(asked(laws.Count(c.lenA), &a), asked(laws.Count(c.lenB), &b), functional.ZipOptions{Ahead: c.ahead}) {
			if n++; n == c.stop {
				break
			}
		}
		require.Equal(t, c.askedA, a, "%+v", c)
		require.Equal(t, c.askedB, b, "%+v", c)
	}
}

// "As far as possible" is a distance, too.
func TestZipReadsAllAhead(t *testing.T) {
	zip := functional.Zip(laws.Count(3), laws.Count(1000), functional.ZipOptions{Ahead: math.MaxInt})
	require.Equal(t, 3, functional.Count(functional.Keys(zip)))
}

func TestTeeIsLockstep(t *testing.T) {
	var log []string
	say := func(name string) func(iter.Seq[int]) {
		return func(seq iter.Seq[int]) {
			for i := range seq {
				log = append(log, fmt.Sprint(name, i))
				if name == "b" && i == 1 {
					break
				}
			}
			log = append(log, name+" left")
		}
	}
	functional.Tee(functional.Peek(laws.Count(3), func(i int) { log = append(log, fmt.Sprint("read", i)) }), say("a"), say("b"))
	require.Equal(t, []string{"read0", "a0", "b0", "read1", "a1", "b1", "b left", "read2", "a2", "a left"}, log)

	// A consumer that ranges again when everything has been read still returns in
	// its turn.
	log = nil
	twice := func(name string) func(iter.Seq[int]) {
		return func(seq iter.Seq[int]) {
			log = append(log, fmt.Sprint(name, functional.Count(seq), functional.Count(seq)))
		}
	}
	functional.Tee(laws.Count(3), twice("a"), twice("b"))
	require.Equal(t, []string{"a3 0", "b3 0"}, log)

	read := 0
	few := func(seq iter.Seq[int]) { functional.Nth(seq, 2) }
	functional.Tee(functional.Peek(functional.Iterate(0, func(i int) int { return i + 1 }), func(int) { read++ }), few, few)
	require.Equal(t, 3, read, "seq goes on although everybody has left")
	functional.Tee(functional.Cycle(laws.Count(1)))
}

// What has been read for one of the sequences is not lost to the others.
func TestTeeUnboundedStop(t *testing.T) {
	seqs, stop := functional.TeeUnbounded(laws.Count(9), 2)
	functional.Nth(seqs[0], 3)
	stop()
	stop()
	require.Empty(t, slices.Collect(seqs[0]))
	require.Equal(t, []int{0, 1, 2, 3}, slices.Collect(seqs[1]))
}

func TestPullAllocatesPerRange(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	allocs := func(n int) float64 {
		zip := functional.Zip(laws.Count(n), laws.Count(n), functional.ZipOptions{Ahead: 64})
		return testing.AllocsPerRun(5, func() {
			for range zip {
			}
		})
	}
	require.Equal(t, allocs(10), allocs(10_000))
}
