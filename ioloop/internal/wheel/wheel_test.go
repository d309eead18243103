package wheel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A timer of the reference: a list that is sorted when it is asked.
type timer struct {
	id    int
	at    int64
	order int
}

// Operations at random on a wheel and on a sorted list have the same results.
func FuzzWheel(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint16(100*(1+seed)))
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16) {
		r := rand.New(rand.NewPCG(seed, 1))
		var w Wheel[int]
		entries := make([]*Entry[int], 1+r.IntN(200))
		for i := range entries {
			entries[i] = &Entry[int]{Value: i}
		}
		reference := map[int]timer{}
		order := 0
		now := int64(0)
		for range steps % 1024 {
			i := r.IntN(len(entries))
			_, known := reference[i]
			switch r.IntN(6) {
			case 0, 1, 2:
				at := now + span(r)
				if r.IntN(10) == 0 {
					at = now - span(r)
				}
				if at < now && at > 0 && r.IntN(2) == 0 {
					at = now
				}
				order++
				w.Set(entries[i], at)
				reference[i] = timer{i, at, order}
			case 3:
				require.Equal(t, known, w.Remove(entries[i]))
				delete(reference, i)
			default:
				now += span(r)
				if now < 0 {
					return
				}
				var want []timer
				for _, e := range reference {
					if e.at <= now {
						want = append(want, e)
						delete(reference, e.id)
					}
				}
				slices.SortFunc(want, func(a, b timer) int {
					if a.at != b.at {
						return int(max(-1, min(1, a.at-b.at)))
					}
					return a.order - b.order
				})
				due := w.Expire(now, nil)
				require.Len(t, due, len(want))
				for k, e := range due {
					require.Equal(t, want[k].id, e.Value)
					require.Equal(t, want[k].at, e.At())
					require.True(t, e.Take())
					require.False(t, e.Take())
				}
			}
			require.Equal(t, len(reference), w.Len())
			next, ok := w.Next()
			require.Equal(t, len(reference) > 0, ok)
			for _, e := range reference {
				require.LessOrEqual(t, next, max(e.at, now), "Next is later than a timer")
			}
		}
	})
}

// span returns a duration of any magnitude.
func span(r *rand.Rand) int64 { return r.Int64N(1 << (1 + r.IntN(50))) }

// Next leads to each timer in a bounded number of steps, and none is early.
func TestNextLeadsToTimer(t *testing.T) {
	for _, at := range []int64{0, 1, 1 << 17, 1 << 18, 1<<18 + 1, 1e9, 3600e9, 365 * 24 * 3600e9, math.MaxInt64} {
		var w Wheel[string]
		e := &Entry[string]{Value: "it"}
		w.Set(e, at)
		now, steps := int64(0), 0
		for ; ; steps++ {
			next, ok := w.Next()
			require.True(t, ok)
			require.LessOrEqual(t, next, at)
			now = max(now, next)
			if due := w.Expire(now, nil); len(due) > 0 {
				require.Equal(t, at, now)
				require.Equal(t, []*Entry[string]{e}, due)
				break
			}
		}
		require.LessOrEqual(t, steps, levels)
		_, ok := w.Next()
		require.False(t, ok)
	}
}

// What is due and was not taken can be removed, or set again, and is not due then.
func TestDueEntries(t *testing.T) {
	var w Wheel[int]
	a, b, c := &Entry[int]{Value: 1}, &Entry[int]{Value: 2}, &Entry[int]{Value: 3}
	for _, e := range []*Entry[int]{a, b, c} {
		w.Set(e, 5)
	}
	require.Equal(t, []*Entry[int]{a, b, c}, w.Expire(5, nil))
	require.Zero(t, w.Len())
	require.True(t, w.Remove(a))
	require.False(t, w.Remove(a))
	w.Set(b, 5)
	require.False(t, a.Take())
	require.False(t, b.Take())
	require.True(t, c.Take())
	require.Equal(t, []*Entry[int]{b}, w.Expire(5, nil))
}

// To move a timer to a later time costs no more than to note it.
func TestSetAllocatesNothing(t *testing.T) {
	var w Wheel[int]
	e := &Entry[int]{}
	at := int64(1 << 40)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		at++
		w.Set(e, at)
		w.Set(e, at-1<<39)
		w.Remove(e)
	}))
}
