package functional_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/internal/leak"
)

// A law is what one operator promises, as a naive reference says it. The same
// tests hold every operator to its law.
type law struct {
	name string

	// run applies the operator to src and returns the text of each element of
	// the result. Every function that it hands to the operator calls hook.
	run func(src iter.Seq[int], hook func()) iter.Seq[string]

	// want is what the operator makes of the elements s.
	want func(s []int) []string

	lazy bool // it yields before src ends
}

// laws are added to by the tests of each family of operators.
var laws []law

func hold(l ...law) struct{} {
	laws = append(laws, l...)
	return struct{}{}
}

// texts makes the elements of sequences comparable.
func texts[A any](seq iter.Seq[A]) iter.Seq[string] {
	return func(yield func(string) bool) {
		seq(func(a A) bool { return yield(fmt.Sprint(a)) })
	}
}

func texts2[K, V any](seq iter.Seq2[K, V]) iter.Seq[string] {
	return func(yield func(string) bool) {
		seq(func(k K, v V) bool { return yield(fmt.Sprint(k, ":", v)) })
	}
}

// result is a sequence of what f returns, which it calls when it is ranged over.
func result(f func() string) iter.Seq[string] {
	return func(yield func(string) bool) { yield(f()) }
}

// each returns the texts of the elements of s.
func each[A any](s []A) []string {
	out := []string{}
	for _, a := range s {
		out = append(out, fmt.Sprint(a))
	}
	return out
}

func collect(seq iter.Seq[string]) []string { return slices.AppendSeq([]string{}, seq) }

// small returns n numbers of which many are equal.
func small(n int) []int {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	s := make([]int, n)
	for i := range s {
		s[i] = r.IntN(12) - 2
	}
	return s
}

func everyLaw(t *testing.T, f func(t *testing.T, l law)) {
	before := leak.Take()
	for _, l := range laws {
		t.Run(l.name, func(t *testing.T) { f(t, l) })
	}
	require.Empty(t, before.Wait(leak.Grace))
}

func noHook() {}

func TestLaws(t *testing.T) {
	everyLaw(t, func(t *testing.T, l law) {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 9, 31, 255, 256, 257} {
			s := small(n)
			want := l.want(slices.Clone(s))
			seq := l.run(slices.Values(s), noHook)
			require.Equal(t, want, collect(seq), "of %d elements", n)
			require.Equal(t, want, collect(seq), "of %d elements, the second time", n)
			require.Equal(t, small(n), s, "the input was changed")
		}
	})
}

// positions are places in a sequence of n elements worth a test.
func positions(n int) []int {
	if n <= 20 {
		return numbers(n)
	}
	return append(numbers(15), n/2, n-2, n-1)
}

// A break ends everything: the runtime panics when an operator yields after it,
// and the source sees the end at once, or when it would have been asked again.
func TestEarlyBreak(t *testing.T) {
	everyLaw(t, func(t *testing.T, l law) {
		for _, n := range []int{3, 9, 40} {
			s := small(n)
			want := l.want(s)
			open := 0
			src := func(yield func(int) bool) {
				open++
				defer func() { open-- }()
				for _, i := range s {
					if !yield(i) {
						return
					}
				}
			}
			for _, stop := range positions(len(want)) {
				var got []string
				for text := range l.run(src, noHook) {
					got = append(got, text)
					if len(got) > stop {
						break
					}
				}
				require.Equal(t, want[:stop+1], got)
				require.Zero(t, open, "ranges over the source that go on after a break")
			}
		}
	})
}

func TestInfinite(t *testing.T) {
	naturals := functional.Iterate(0, func(i int) int { return i + 1 })
	everyLaw(t, func(t *testing.T, l law) {
		if !l.lazy {
			t.Skip("needs the whole input")
		}
		const some = 20
		var got []string
		for text := range l.run(naturals, noHook) {
			if got = append(got, text); len(got) == some {
				break
			}
		}
		require.Equal(t, l.want(numbers(2000))[:len(got)], got)
	})
}

// Whatever ends a loop early, inside the operator's functions, its source or the
// loop's body, arrives as it is and leaves nothing behind.
func TestPanics(t *testing.T) {
	boom := errors.New("boom")
	s := small(9)
	places := map[string]func(l law, after int){
		"function": func(l law, after int) {
			for range l.run(slices.Values(s), func() {
				if after--; after < 0 {
					panic(boom)
				}
			}) {
			}
		},
		"source": func(l law, after int) {
			for range l.run(func(yield func(int) bool) {
				for i, v := range s {
					if i == after {
						panic(boom)
					}
					if !yield(v) {
						return
					}
				}
			}, noHook) {
			}
		},
		"loop": func(l law, after int) {
			for range l.run(slices.Values(s), noHook) {
				if after--; after < 0 {
					panic(boom)
				}
			}
		},
	}
	everyLaw(t, func(t *testing.T, l law) {
		for place, call := range places {
			raised := 0
			for after := range len(s) {
				func() {
					defer func() {
						if v := recover(); v != nil {
							require.Equal(t, boom, v, "in the %s", place)
							raised++
						}
					}()
					call(l, after)
				}()
			}
			calls := 0
			for range l.run(slices.Values(s), func() { calls++ }) {
			}
			if place == "source" || place == "function" && calls > 0 {
				require.NotZero(t, raised, "no panic of the %s arrived", place)
			}
		}
	})
}

func TestGoexit(t *testing.T) {
	everyLaw(t, func(t *testing.T, l law) {
		for _, after := range []int{0, 1, 5} {
			done := make(chan bool)
			go func() {
				left := after
				defer close(done)
				for range l.run(slices.Values(small(9)), noHook) {
					if left--; left < 0 {
						runtime.Goexit()
					}
				}
			}()
			<-done
		}
	})
}
