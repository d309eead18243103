package sched

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A line does what a slice does.
func TestLine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var l line[job]
	var model []*Call[job]
	for range 10_000 {
		switch n := r.IntN(4); {
		case n == 0:
			c := NewCall[job]()
			l.pushBack(c)
			model = append(model, c)
		case n == 1:
			c := NewCall[job]()
			l.pushFront(c)
			model = slices.Insert(model, 0, c)
		case len(model) > 0:
			i := r.IntN(len(model))
			l.remove(model[i])
			model = slices.Delete(model, i, i+1)
		}
		require.Equal(t, len(model), l.len())
		var there, back []*Call[job]
		for c := l.first(); c != nil; c = callAt(c.place.Next()) {
			there = append(there, c)
		}
		for c := l.last(); c != nil; c = callAt(c.place.Prev()) {
			back = append(back, c)
		}
		slices.Reverse(back)
		require.True(t, slices.Equal(model, there))
		require.True(t, slices.Equal(model, back))
	}
}
