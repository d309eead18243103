package laws

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/internal/leak"
)

// Test holds every operator to its law, the laws that were given to [Hold].
func Test(t *testing.T) {
	require.NotEmpty(t, held)
	t.Run("values", testValues)
	t.Run("early break", testEarlyBreak)
	t.Run("infinite", testInfinite)
	t.Run("panics", testPanics)
	t.Run("Goexit", testGoexit)
}

// everyLaw calls f for every law and finds what that leaves behind.
func everyLaw(t *testing.T, f func(t *testing.T, l Law)) {
	before := leak.Take()
	for _, l := range held {
		t.Run(l.name, func(t *testing.T) { f(t, l) })
	}
	require.Empty(t, before.Wait(leak.Grace))
}

// testValues compares what operators make of some elements with the reference.
func testValues(t *testing.T) {
	everyLaw(t, func(t *testing.T, l Law) {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 9, 31, 255, 256, 257} {
			s := Small(n)
			want := l.want(slices.Clone(s))
			seq := l.run(slices.Values(s), NoHook)
			require.Equal(t, want, Collect(seq), "of %d elements", n)
			require.Equal(t, want, Collect(seq), "of %d elements, the second time", n)
			require.Equal(t, Small(n), s, "the input was changed")
		}
	})
}

// positions are places in a sequence of n elements worth a test.
func positions(n int) []int {
	if n <= 20 {
		return Numbers(n)
	}
	return append(Numbers(15), n/2, n-2, n-1)
}

// A break ends everything: the runtime panics when an operator yields after it,
// and the source sees the end at once, or when it would have been asked again.
func testEarlyBreak(t *testing.T) {
	everyLaw(t, func(t *testing.T, l Law) {
		for _, n := range []int{3, 9, 40} {
			s := Small(n)
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
				for text := range l.run(src, NoHook) {
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

// An operator that is lazy ends where its reader does.
func testInfinite(t *testing.T) {
	naturals := functional.Iterate(0, func(i int) int { return i + 1 })
	everyLaw(t, func(t *testing.T, l Law) {
		if !l.lazy {
			t.Skip("needs the whole input")
		}
		const some = 20
		var got []string
		for text := range l.run(naturals, NoHook) {
			if got = append(got, text); len(got) == some {
				break
			}
		}
		require.Equal(t, l.want(Numbers(2000))[:len(got)], got)
	})
}

// Whatever ends a loop early, inside the operator's functions, its source or the
// loop's body, arrives as it is and leaves nothing behind.
func testPanics(t *testing.T) {
	boom := errors.New("boom")
	s := Small(9)
	places := map[string]func(l Law, after int){
		"function": func(l Law, after int) {
			for range l.run(slices.Values(s), func() {
				if after--; after < 0 {
					panic(boom)
				}
			}) {
			}
		},
		"source": func(l Law, after int) {
			for range l.run(func(yield func(int) bool) {
				for i, v := range s {
					if i == after {
						panic(boom)
					}
					if !yield(v) {
						return
					}
				}
			}, NoHook) {
			}
		},
		"loop": func(l Law, after int) {
			for range l.run(slices.Values(s), NoHook) {
				if after--; after < 0 {
					panic(boom)
				}
			}
		},
	}
	everyLaw(t, func(t *testing.T, l Law) {
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

// A Goexit of the loop ends its goroutine and leaves nothing behind.
func testGoexit(t *testing.T) {
	everyLaw(t, func(t *testing.T, l Law) {
		for _, after := range []int{0, 1, 5} {
			ended, returned := make(chan bool), false
			go func() {
				defer close(ended)
				left := after
				for range l.run(slices.Values(Small(9)), NoHook) {
					if left--; left < 0 {
						runtime.Goexit()
					}
				}
				returned = true
			}()
			<-ended
			require.Equal(t, len(l.want(Small(9))) <= after, returned, "after %d elements", after)
		}
	})
}
