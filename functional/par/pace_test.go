package par

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// paceAfter returns a pace that has taken chunks until their size settled, when
// a chunk of n items takes cost(n).
func paceAfter(g grain, rounds int, cost func(n int) time.Duration) pace {
	p := pace{size: 1, aim: g.aim, level: !g.calls}
	for range rounds {
		p.last = p.size
		p.adapt(cost(p.last))
	}
	return p
}

func TestPaceSettles(t *testing.T) {
	items, calls := Options{Workers: 2}.items(), Options{Workers: 2}.perCall()
	cases := []struct {
		name     string
		grain    grain
		call     time.Duration // the cost of a chunk
		item     time.Duration // and of each item in it
		min, max int
	}{
		{"trivial items", items, 50, 3, 6000, 30000},
		{"items of 1 µs", items, 50, time.Microsecond, 20, 80},
		{"items of 10 µs", items, 50, 10 * time.Microsecond, 2, 8},
		{"items of 100 µs", items, 50, 100 * time.Microsecond, 1, 1},
		{"items of 1 s", items, 50, time.Second, 1, 1},
		{"calls of 10 µs", calls, 10 * time.Microsecond, time.Microsecond, 190, 790},
		{"calls of 10 µs, slow items", calls, 10 * time.Microsecond, 10 * time.Millisecond, 1, 1},
		{"calls of 5 ms", calls, 5 * time.Millisecond, time.Microsecond, 2500, 20000},
		{"calls of 5 ms, slow items", calls, 5 * time.Millisecond, 5 * time.Millisecond, 1, 4},
		{"calls that cost nothing", calls, 0, 100, 1900, 8000},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for rounds := 20; rounds < 24; rounds++ { // it does not swing
				p := paceAfter(c.grain, rounds, func(n int) time.Duration { return c.call + time.Duration(n)*c.item })
				require.GreaterOrEqual(t, p.size, c.min)
				require.LessOrEqual(t, p.size, c.max)
			}
		})
	}
}

func TestPaceFallsBackToOne(t *testing.T) {
	for _, g := range []grain{Options{Workers: 2}.items(), Options{Workers: 2}.perCall()} {
		p := paceAfter(g, 20, func(n int) time.Duration { return time.Duration(10 * n) })
		require.Greater(t, p.size, 1000)
		p.last = p.size
		p.adapt(time.Duration(p.last) * time.Millisecond)
		require.Equal(t, 1, p.size)
	}
}

func TestShare(t *testing.T) {
	cases := []struct {
		name                          string
		left, workers, size, least, n int
	}{
		{"far from the end", 1000, 2, 10, 1, 10},
		{"half of a fair share", 1000, 2, 900, 1, 250},
		{"a whole share of what is unknown", 1000, 2, 900, math.MaxInt, 500},
		{"not below what is worthwhile", 100, 2, 900, 40, 40},
		{"not above a fair share", 100, 2, 900, 60, 50},
		{"as many workers as items", 8, 8, 64, math.MaxInt, 1},
		{"more workers than items", 3, 8, 64, 1, 1},
		{"nothing left", 0, 2, 64, 1, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			of := &call{n: 5000, workers: c.workers}
			of.next.Store(int64(5000 - c.left))
			p := pace{size: c.size, least: c.least}
			require.Equal(t, c.n, p.share(of))
		})
	}
	of := &call{n: 10, workers: 2}
	of.next.Store(1 << 40) // past the end, as after a call's last claims
	require.Equal(t, 1, (&pace{size: 5, least: 1}).share(of))
}

// TestPaceAlone looks at the chunks of a caller whose helper never arrives.
func TestPaceAlone(t *testing.T) {
	for _, workers := range []int{2, 8} {
		of := &call{n: 300, workers: workers, grain: Options{Workers: workers}.items()}
		var p pace
		claims := 0
		for left := of.n; left > 0; claims++ {
			size := p.next(of)
			require.LessOrEqual(t, size, max(1, left/workers))
			of.next.Add(int64(size))
			left -= size
		}
		require.True(t, p.since.IsZero(), "it looked at the clock")
		require.LessOrEqual(t, claims, 12*workers)
	}
}
