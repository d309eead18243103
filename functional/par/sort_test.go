package par_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/effort"
)

// sortSizes are the lengths around which sorting changes its ways.
var sortSizes = []int{0, 1, 2, 3, 11, 12, 13, 255, 256, 257, 1000, 8191, 8192, 8193, 70_000}

// sizesOf returns the lengths that a shape is sorted in: the long ones take their
// time, and few inputs have what most others have.
func sizesOf(shape string) []int {
	if shape == "random" || shape == "few" || shape == "exponential" && !effort.Race {
		return sortSizes
	}
	return sortSizes[:len(sortSizes)-1]
}

// shapes are what inputs of n elements look like: the ith is to be made of what
// they return.
var shapes = map[string]func(r *rand.Rand, i, n int) uint64{
	"random":       func(r *rand.Rand, _, _ int) uint64 { return r.Uint64() },
	"small":        func(r *rand.Rand, _, n int) uint64 { return r.Uint64N(uint64(n)) },
	"few":          func(r *rand.Rand, _, _ int) uint64 { return r.Uint64N(7) * 0x0123_4567_89ab_cdef },
	"equal":        func(*rand.Rand, int, int) uint64 { return 42 },
	"exponential":  func(r *rand.Rand, _, _ int) uint64 { return r.Uint64() >> r.Uint64N(64) },
	"ascending":    func(_ *rand.Rand, i, _ int) uint64 { return uint64(i) << 20 },
	"descending":   func(_ *rand.Rand, i, n int) uint64 { return uint64(n-i) << 20 },
	"downstairs":   func(_ *rand.Rand, i, n int) uint64 { return uint64((n-i)/3) << 10 },
	"up and down":  func(_ *rand.Rand, i, n int) uint64 { return uint64(min(i, n-i)) << 30 },
	"sawtooth":     func(_ *rand.Rand, i, _ int) uint64 { return uint64(i%1000) << 40 },
	"low and high": func(r *rand.Rand, _, _ int) uint64 { return r.Uint64N(3)<<62 | r.Uint64N(5) },
	"a late small": func(_ *rand.Rand, i, n int) uint64 { return uint64(i+1) % uint64(n) << 10 },
	"nearly sorted": func(r *rand.Rand, i, _ int) uint64 {
		if r.IntN(50) == 0 {
			return r.Uint64()
		}
		return uint64(i) << 16
	},
}

// makeInput returns n elements of a shape.
func makeInput[E any](n int, shape func(r *rand.Rand, i, n int) uint64, of func(uint64) E) []E {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	s := make([]E, n)
	for i := range s {
		s[i] = of(shape(r, i, n))
	}
	return s
}

type (
	meters  float64
	degrees float32
	id      string
	level   int8
	port    uint16
)

func TestSortAsSlicesSort(t *testing.T) {
	sortsAsSlicesSort(t, func(u uint64) int { return int(u) })
	sortsAsSlicesSort(t, func(u uint64) string { return fmt.Sprint(u) })
	// Any bits, so also NaNs of both signs, infinities and both zeros.
	sortsAsSlicesSort(t, math.Float64frombits)
	if effort.Race {
		return // the types differ, but the goroutines do the same
	}
	sortsAsSlicesSort(t, func(u uint64) int8 { return int8(u) })
	sortsAsSlicesSort(t, func(u uint64) int16 { return int16(u) })
	sortsAsSlicesSort(t, func(u uint64) int32 { return int32(u) })
	sortsAsSlicesSort(t, func(u uint64) int64 { return int64(u) })
	sortsAsSlicesSort(t, func(u uint64) uint { return uint(u) })
	sortsAsSlicesSort(t, func(u uint64) uint8 { return uint8(u) })
	sortsAsSlicesSort(t, func(u uint64) uint16 { return uint16(u) })
	sortsAsSlicesSort(t, func(u uint64) uint32 { return uint32(u) })
	sortsAsSlicesSort(t, func(u uint64) uint64 { return u })
	sortsAsSlicesSort(t, func(u uint64) uintptr { return uintptr(u) })
	sortsAsSlicesSort(t, func(u uint64) level { return level(u >> 56) })
	sortsAsSlicesSort(t, func(u uint64) port { return port(u >> 48) })
	sortsAsSlicesSort(t, func(u uint64) id { return id(fmt.Sprint(u)) })
	sortsAsSlicesSort(t, func(u uint64) float32 { return math.Float32frombits(uint32(u >> 32)) })
	sortsAsSlicesSort(t, func(u uint64) meters { return meters(math.Float64frombits(u)) })
	sortsAsSlicesSort(t, func(u uint64) degrees { return degrees(int64(u)) })
}

func sortsAsSlicesSort[E cmp.Ordered](t *testing.T, of func(uint64) E) {
	var zero E
	t.Run(fmt.Sprintf("%T", zero), func(t *testing.T) {
		for name, shape := range shapes {
			for _, n := range sizesOf(name) {
				in := makeInput(n, shape, of)
				want := slices.Clone(in)
				slices.Sort(want)
				for _, workers := range []int{1, 3} {
					got := slices.Clone(in)
					require.NoError(t, par.Sort(t.Context(), got, par.Options{Workers: workers}))
					// NaN equals nothing, so that require.Equal would not do.
					same := slices.EqualFunc(got, want, func(a, b E) bool { return cmp.Compare(a, b) == 0 })
					require.True(t, same, "%s, %d elements, %d workers: not what slices.Sort makes of it", name, n, workers)
				}
			}
		}
	})
}

// NaNs come first, whatever their bits, and none of these is changed.
func TestSortFloats(t *testing.T) {
	special := []float64{
		math.Inf(-1), math.Inf(1), 0, math.Copysign(0, -1), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 1, -1,
		math.Float64frombits(0x7ff0_0000_0000_0001), math.Float64frombits(0x7fff_ffff_ffff_ffff),
		math.Float64frombits(0xfff0_0000_0000_0001), math.Float64frombits(0xffff_ffff_ffff_ffff),
	}
	for _, n := range []int{10, 1000, 100_000} {
		s := makeInput(n, shapes["random"], func(u uint64) float64 {
			if u%3 == 0 {
				return special[u/3%uint64(len(special))]
			}
			return math.Float64frombits(u)
		})
		before := functional.CountBy(slices.Values(functional.MapSlice(s, math.Float64bits)), func(u uint64) uint64 { return u })
		require.NoError(t, par.Sort(t.Context(), s))
		require.Equal(t, before, functional.CountBy(slices.Values(functional.MapSlice(s, math.Float64bits)), func(u uint64) uint64 { return u }))
		require.True(t, slices.IsSorted(s))
		nan := 0
		for nan < len(s) && s[nan] != s[nan] {
			nan++
		}
		require.False(t, slices.ContainsFunc(s[nan:], func(f float64) bool { return f != f }))
	}
	narrow := []float32{1, float32(math.NaN()), -1, float32(math.Inf(-1)), math.Float32frombits(0xffc0_0000), float32(math.Inf(1))}
	s := slices.Repeat(narrow, 1000)
	require.NoError(t, par.Sort(t.Context(), s))
	require.True(t, slices.IsSorted(s))
	require.True(t, s[1999] != s[1999] && s[2000] == float32(math.Inf(-1)) && s[5999] == float32(math.Inf(1)))
}

// A card is an element whose order is not all there is to it.
type card struct {
	key  int
	at   int // where it stood
	name string
}

func byKey(a, b card) int { return cmp.Compare(a.key, b.key) }

func cards(n int, shape func(r *rand.Rand, i, n int) uint64) []card {
	s := makeInput(n, shape, func(u uint64) card { return card{key: int(u), name: fmt.Sprint(int(u))} })
	for i := range s {
		s[i].at = i
	}
	return s
}

// sortFuncs are the sorts with a comparison.
var sortFuncs = map[string]func(context.Context, []card, func(a, b card) int, ...par.Options) error{
	"SortFunc":       par.SortFunc[[]card],
	"SortStableFunc": par.SortStableFunc[[]card],
}

func TestSortFuncs(t *testing.T) {
	for name, shape := range shapes {
		for _, n := range sizesOf(name) {
			in := cards(n, shape)
			want := slices.Clone(in)
			slices.SortStableFunc(want, byKey)
			for _, workers := range []int{1, 5, 2}[:effort.Times(3, 2, 3)] {
				for op, sort := range sortFuncs {
					got := slices.Clone(in)
					require.NoError(t, sort(t.Context(), got, byKey, par.Options{Workers: workers}))
					require.True(t, slices.IsSortedFunc(got, byKey), "%s of %d %s", op, n, name)
					if op == "SortFunc" {
						slices.SortStableFunc(got, func(a, b card) int { return cmp.Or(byKey(a, b), a.at-b.at) })
					}
					require.True(t, slices.Equal(want, got), "%s of %d %s, %d workers: not what slices makes of it", op, n, name, workers)
				}
			}
		}
	}
}

func keyOf(c card) int { return c.key }

// everyLast checks that s has the cards it was made with.
func everyLast(t *testing.T, s []card) {
	t.Helper()
	seen := make([]bool, len(s))
	for _, c := range s {
		if seen[c.at] || c.name != strconv.Itoa(c.key) {
			t.Fatalf("%v is there twice, or changed", c)
		}
		seen[c.at] = true
	}
}

// However a sort ends, what it was given is there.
func TestSortFuncsLoseNothing(t *testing.T) {
	const n = 20_000
	bad, cause := errors.New("bad"), errors.New("cause")
	for op, sort := range sortFuncs {
		for _, workers := range []int{1, 2, 5} {
			t.Run(fmt.Sprint(op, "/workers=", workers), func(t *testing.T) {
				options := par.Options{Workers: workers}
				// Everywhere from the first comparison to the last rounds.
				positions := []int64{1, 10, 100_000, 255_000}
				if !effort.Race {
					positions = append(positions, 2, 5000, 200_000, 240_000)
				}
				for _, at := range positions {
					s := cards(n, shapes["random"])
					var calls atomic.Int64
					pe := panicOf(t, func() {
						sort(t.Context(), s, func(a, b card) int {
							if calls.Add(1) == at {
								panic(bad)
							}
							return byKey(a, b)
						}, options)
					})
					require.ErrorIs(t, pe, bad)
					everyLast(t, s)

					ctx, cancel := context.WithCancelCause(t.Context())
					calls.Store(0)
					err := sort(ctx, s, func(a, b card) int {
						if calls.Add(1) == at {
							cancel(cause)
						}
						return byKey(a, b)
					}, options)
					if err != nil || !slices.IsSortedFunc(s, byKey) {
						require.True(t, err == cause, "got %v, want the cause", err)
					}
					everyLast(t, s)

					ended, returned := make(chan bool), false
					calls.Store(0)
					s = cards(n, shapes["random"])
					go func() {
						defer close(ended)
						sort(context.Background(), s, func(a, b card) int {
							if calls.Add(1) == at {
								runtime.Goexit()
							}
							return byKey(a, b)
						}, options)
						returned = true
					}()
					<-ended
					require.False(t, returned, "returned after a Goexit")
					everyLast(t, s)
				}
			})
		}
	}
}

// What the caller compares by itself, before the workers merge, panics as what they
// compare does.
func TestSortFuncsPanicBetweenRounds(t *testing.T) {
	var plans sync.Map // of the functions that compare, whether one is plan
	for op, sort := range sortFuncs {
		for _, workers := range []int{1, 2} {
			// In order but for where the leaves meet, so that little is compared.
			s := cards(300_000, func(_ *rand.Rand, i, n int) uint64 { return uint64(i % (n / 4)) })
			pe := panicOf(t, func() {
				ctx, cancel := context.WithCancel(t.Context()) // one that can end: one worker merges, too
				defer cancel()
				sort(ctx, s, func(a, b card) int {
					var callers [4]uintptr
					runtime.Callers(2, callers[:])
					planned, known := plans.Load(callers)
					if !known {
						planned = calls(callers[:], ".plan")
						plans.Store(callers, planned)
					}
					if planned.(bool) {
						explode()
					}
					return byKey(a, b)
				}, par.Options{Workers: workers})
			})
			require.Contains(t, string(pe.Stack), "par_test.explode", op)
			everyLast(t, s)
		}
	}
}

// calls reports whether one of the callers has such a name.
func calls(callers []uintptr, name string) bool {
	frames := runtime.CallersFrames(callers)
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, name) {
			return true
		}
		if !more {
			return false
		}
	}
}

// A comparison that contradicts itself spoils the order and nothing else.
func TestSortFuncsWithoutAnOrder(t *testing.T) {
	var calls atomic.Int64
	for name, compare := range map[string]func(a, b card) int{
		"always less":    func(a, b card) int { return -1 },
		"always greater": func(a, b card) int { return 1 },
		"by chance":      func(a, b card) int { return rand.IntN(3) - 1 },
		"in turns":       func(a, b card) int { return int(calls.Add(1)%5) - 2 },
		"a circle":       func(a, b card) int { return (a.key-b.key)%3 - 1 },
	} {
		for op, sort := range sortFuncs {
			for _, n := range []int{0, 1, 2, 13, 1000, 20_000} {
				s := cards(n, shapes["small"])
				require.NoError(t, sort(t.Context(), s, compare, par.Options{Workers: 3}), "%s %s", op, name)
				everyLast(t, s)
			}
		}
	}
}

// A context that is done on entry leaves s as it is, however long.
func TestSortWithAContextThatIsDone(t *testing.T) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, n := range []int{0, 1, 2, 10, 1000, 100_000} {
		s := cards(n, shapes["random"])
		keys := functional.MapSlice(s, keyOf)
		names := functional.MapSlice(s, func(c card) string { return c.name })
		var called atomic.Bool
		call := func(a, b card) int { called.Store(true); return 0 }
		for _, err := range []error{
			par.Sort(ctx, keys),
			par.Sort(ctx, names),
			par.SortFunc(ctx, s, call),
			par.SortStableFunc(ctx, s, call),
		} {
			require.True(t, err == cause, "got %v, want the cause", err)
		}
		require.False(t, called.Load())
		for i, c := range s {
			require.True(t, c.at == i && keys[i] == c.key && names[i] == c.name)
		}
	}
}

// doneAfter is a context that ends when it has been asked so many times.
type doneAfter struct {
	context.Context
	asks atomic.Int64
	done chan struct{}
}

func (d *doneAfter) Done() <-chan struct{} { return d.done }

func (d *doneAfter) Err() error {
	if d.asks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Sort calls nobody in whose course the context could end: it is made to end
// each time that Sort asks.
func TestSortLosesNothing(t *testing.T) {
	const n = 70_000
	numbers := makeInput(n, shapes["random"], func(u uint64) float64 { return math.Float64frombits(u) })
	bits := functional.MapSlice(numbers, math.Float64bits)
	slices.Sort(bits)
	names := makeInput(n/2, shapes["random"], func(u uint64) string { return fmt.Sprint(u) })
	sortedNames := slices.Sorted(slices.Values(names))
	for _, workers := range []int{1, 2, 5} {
		ended, completed := 0, false
		for asks := int64(0); !completed; asks++ {
			ctx := &doneAfter{Context: t.Context(), done: make(chan struct{})}
			ctx.asks.Store(asks)
			s := slices.Clone(numbers)
			err := par.Sort(ctx, s, par.Options{Workers: workers})
			if err != nil {
				require.Equal(t, context.Canceled, err)
				ended++
			}
			got := functional.MapSlice(s, math.Float64bits)
			slices.Sort(got)
			require.True(t, slices.Equal(got, bits), "ended at question %d", asks)

			ctx.asks.Store(asks)
			w := slices.Clone(names)
			nameErr := par.Sort(ctx, w, par.Options{Workers: workers})
			completed = err == nil && nameErr == nil
			slices.Sort(w)
			require.True(t, slices.Equal(w, sortedNames), "ended at question %d", asks)
		}
		require.Greater(t, ended, workers/2*4)
	}
}

// What sorting does not need it does not ask for.
func TestSortAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	ctx := t.Context()
	ascending, descending := laws.Numbers(100_000), laws.Numbers(100_000)
	slices.Reverse(descending)
	descend := func(a, b int) int { return b - a }
	for name, call := range map[string]func(){
		"ascending":       func() { par.Sort(ctx, ascending) },
		"descending":      func() { slices.Reverse(ascending); par.Sort(ctx, ascending) },
		"ascending Func":  func() { par.SortFunc(ctx, descending, descend) },
		"descending Func": func() { slices.Reverse(descending); par.SortStableFunc(ctx, descending, descend) },
		"short":           func() { par.Sort(ctx, slices.Concat(descending[:100], ascending[:100])) },
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(5, call), 6.0, name)
	}
	random := makeInput(100_000, shapes["random"], func(u uint64) int { return int(u) })
	s := slices.Clone(random)
	for name, call := range map[string]func(){
		"Sort":           func() { par.Sort(ctx, s, par.Options{Workers: 2}) },
		"SortFunc":       func() { par.SortFunc(ctx, s, cmp.Compare[int], par.Options{Workers: 2}) },
		"SortStableFunc": func() { par.SortStableFunc(ctx, s, cmp.Compare[int], par.Options{Workers: 2}) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const runs = 5
		allocs := testing.AllocsPerRun(runs, func() { copy(s, random); call() })
		runtime.ReadMemStats(&after)
		require.LessOrEqual(t, allocs, 120.0, name)
		perRun := (after.TotalAlloc - before.TotalAlloc) / (runs + 1)
		require.Less(t, perRun, uint64(1_000_000), "%s asks for more than a second s of 800 kB", name)
	}
}

func FuzzSort(f *testing.F) {
	f.Add([]byte("fan out and fold"), uint16(300), uint8(2))
	f.Add(bytes.Repeat([]byte{0xff, 0xf0, 0, 1}, 40), uint16(2000), uint8(1))
	f.Add([]byte{0x7f, 0xf8, 0, 0, 0, 0, 0, 0, 0x80}, uint16(9000), uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, n uint16, workers uint8) {
		if len(data) == 0 {
			return
		}
		// data over and over, shifted by one each time: long inputs with some of
		// what data has in them.
		long := bytes.Repeat(data, 8*int(n)/len(data)+9)
		options := par.Options{Workers: int(workers%6) + 1}
		words := make([]uint64, n)
		for i := range words {
			words[i] = binary.BigEndian.Uint64(long[i*7%(len(long)-8):])
		}
		floats := functional.MapSlice(words, math.Float64frombits)
		smalls := functional.MapSlice(words, func(u uint64) int16 { return int16(u) })
		texts := functional.MapSlice(words, func(u uint64) string { return fmt.Sprintf("%05x", u)[:u%5] })
		dealt := functional.MapSlice(words, func(u uint64) card { return card{key: int(u % 1000), name: fmt.Sprint(u)} })
		checkSort(t, words, options)
		checkSort(t, floats, options)
		checkSort(t, smalls, options)
		checkSort(t, texts, options)
		want := slices.Clone(dealt)
		slices.SortStableFunc(want, byKey)
		require.NoError(t, par.SortStableFunc(t.Context(), dealt, byKey, options))
		require.True(t, slices.Equal(want, dealt), "not sorted as slices.SortStableFunc does")
	})
}

func checkSort[E cmp.Ordered](t *testing.T, s []E, options par.Options) {
	want := slices.Clone(s)
	slices.Sort(want)
	require.NoError(t, par.Sort(t.Context(), s, options))
	require.Zero(t, slices.Compare(s, want), "%T is not sorted as slices.Sort does", s)
}
