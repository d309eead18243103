package sched

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of a worker's life: it goes one way, every phase can be reached, and what is
// not in the table is refused.
func TestPhases(t *testing.T) {
	reached := map[Phase]bool{Starting: true}
	for from := range Phase(phases) {
		require.True(t, reached[from], "nothing leads to %v", from)
		for to := range Phase(phases) {
			allowed := slices.Contains(after[from], to)
			if allowed {
				require.Greater(t, to, from, "no worker gets younger")
				reached[to] = true
			}
			s := New(Owner[job]{}, Options{Workers: 1})
			w := &Worker[job]{}
			s.workers = append(s.workers, w)
			s.walk(w, from)
			if !allowed {
				require.Panics(t, func() { s.move(w, to, Resized) }, "%v to %v", from, to)
				require.Equal(t, from, w.phase)
				continue
			}
			s.move(w, to, Resized)
			require.Equal(t, to, w.phase)
			require.Equal(t, to == Spare, slices.Contains(s.spares, w))
			require.Equal(t, to == Serving, slices.Contains(s.crew, w))
			require.Equal(t, to != Gone, slices.Contains(s.workers, w))
		}
		require.Equal(t, from == Gone, len(after[from]) == 0)
	}
}

// walk takes w, which is starting, to a phase.
func (s *Scheduler[P]) walk(w *Worker[P], to Phase) {
	way := map[Phase][]Phase{Spare: {Spare}, Serving: {Serving}, Retiring: {Serving, Retiring}, Leaving: {Leaving}, Gone: {Gone}}
	for _, p := range way[to] {
		s.move(w, p, Unasked)
	}
}

// A worker that is gone has the reason that it left for, and none if it did not leave.
func TestReasons(t *testing.T) {
	for from, want := range map[Phase]Why{Starting: Unasked, Spare: Unasked, Serving: Unasked, Retiring: Unasked, Leaving: Resized} {
		s := New(Owner[job]{}, Options{Workers: 1})
		w := &Worker[job]{}
		s.walk(w, from)
		w.why = Resized // for what it retires or leaves
		s.move(w, Gone, Unasked)
		require.Equal(t, want, w.why, "gone from %v", from)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for p := range Phase(phases) {
		require.False(t, seen[p.String()])
		seen[p.String()] = true
	}
	for y := range Why(whys) {
		require.False(t, seen[y.String()])
		seen[y.String()] = true
	}
	require.Equal(t, "Phase(6)", Phase(phases).String())
	require.Equal(t, "Why(10)", Why(whys).String())
}
