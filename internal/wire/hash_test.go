package wire

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func hashOf[T any](t *testing.T) uint64 {
	t.Helper()
	c, err := Of[T]()
	require.NoError(t, err)
	return c.Hash()
}

// Types of one form have one hash, whatever they are called; what changes the form, or
// the meaning of a field, changes the hash.
func TestHash(t *testing.T) {
	type point struct{ X, Y int32 }
	type renamed point
	type swapped struct{ Y, X int32 }
	type wide struct{ X, Y int64 }
	type node struct {
		Value int
		Next  *node
	}
	type link struct {
		Value int
		Next  *link
	}
	type id int32
	type tree []tree
	type forest []forest
	type ints []int
	same := map[string][2]uint64{
		"the name of a struct":       {hashOf[point](t), hashOf[renamed](t)},
		"the name of a number":       {hashOf[int32](t), hashOf[id](t)},
		"types that hold each other": {hashOf[node](t), hashOf[link](t)},
		"slices of themselves":       {hashOf[tree](t), hashOf[forest](t)},
		"a form met twice": {hashOf[struct{ A, B []int }](t), hashOf[struct {
			A []int
			B ints
		}](t)},
		"a field without size": {hashOf[struct{ A int }](t), hashOf[struct {
			A int
			B struct{}
		}](t)},
	}
	for name, h := range same {
		assert.Equal(t, h[0], h[1], name)
	}
	different := map[string]uint64{
		"point": hashOf[point](t), "swapped": hashOf[swapped](t), "wide": hashOf[wide](t),
		"int": hashOf[int](t), "uint": hashOf[uint](t), "string": hashOf[string](t), "bytes": hashOf[[]byte](t), "array": hashOf[[2]int](t),
		"longer array": hashOf[[3]int](t), "pointer": hashOf[*int](t), "node": hashOf[node](t), "any": hashOf[any](t), "time": hashOf[time.Time](t),
		"map": hashOf[map[string]int](t), "turned map": hashOf[map[int]string](t), "nested": hashOf[[][]int](t), "nothing": hashOf[struct{}](t),
	}
	names := map[uint64]string{}
	for name, h := range different {
		assert.Empty(t, names[h], "the hash of %s", name)
		names[h] = name
	}
}

// The hash is part of the protocol: a change of this value is a change of the protocol.
func TestHashIsStable(t *testing.T) {
	type sample struct {
		Name  string
		Sizes []int
		When  time.Time
		More  map[string]*float64
	}
	assert.Equal(t, uint64(0x762c0e31ae02d775), hashOf[sample](t))
}
