package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func list(n int) *node {
	var l *node
	for range n {
		l = &node{Next: l}
	}
	return l
}

func TestDepth(t *testing.T) {
	lists, _ := of[*node](t)
	deepest := list(maxDepth)
	b, err := lists.Append(nil, deepest)
	require.NoError(t, err, "a list of %d nodes", maxDepth)
	got, err := lists.Decode(b)
	require.NoError(t, err, "a list of %d nodes", maxDepth)
	n := 0
	for ; got != nil; got = got.Next {
		n++
	}
	assert.Equal(t, maxDepth, n, "nodes")
	_, err = lists.Append(nil, list(maxDepth+1))
	checkDeep(t, "a longer list", err)
	path := "*wire.node" + strings.Repeat(".Next", 8) + "…" + strings.Repeat(".Next", 8)
	var ee *EncodeError
	require.ErrorAs(t, err, &ee)
	assert.Equal(t, path, ee.Path)

	// A slice is one level more.
	_, err = lists.AppendSlice(nil, []*node{deepest.Next})
	assert.NoError(t, err, "a list of %d nodes in a slice", maxDepth-1)
	_, err = lists.AppendSlice(nil, []*node{deepest})
	checkDeep(t, "the longest list in a slice", err)
	_, err = lists.DecodeSlice(nil, append([]byte{2}, b...))
	checkDeep(t, "bytes of the longest list in a slice", err)

	// One more node in the bytes: 1, then V.
	_, err = lists.Decode(append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}, b...))
	checkDeep(t, "bytes of a longer list", err)
}

func checkDeep(t *testing.T, what string, err error) {
	t.Helper()
	const want = "nested deeper than 10000 levels, or a cycle"
	assert.ErrorContains(t, err, want, what)
}

type loop *loop

func TestCycle(t *testing.T) {
	self := &node{}
	self.Next = self
	t.Run(testCycle("list", self))

	var p loop
	p = &p
	t.Run(testCycle("pointer", p))

	s := levels{nil, nil}
	s[1] = s
	t.Run(testCycle("slice", s))

	m := nested{}
	m["a"] = m
	t.Run(testCycle("map", m))

	a := []any{1, nil}
	a[1] = a
	t.Run(testCycle("any", a))

	kids := tree{Children: make([]tree, 1)}
	kids.Children[0] = kids
	t.Run(testCycle("tree", kids))
}

func testCycle[T any](name string, v T) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		c, _ := of[T](t)
		_, err := c.Append(nil, v)
		checkDeep(t, "Append", err)
		_, err = c.AppendSlice(nil, []T{v})
		checkDeep(t, "AppendSlice", err)
	}
}

// Bytes that open one level after another must not use up the stack.
func TestDeepBytes(t *testing.T) {
	const times = 1 << 20
	t.Run(testDeepBytes[loop]("pointer", bytes.Repeat([]byte{1}, times)))
	t.Run(testDeepBytes[levels]("slice", bytes.Repeat([]byte{2}, times)))
	t.Run(testDeepBytes[nested]("map", bytes.Repeat([]byte{2, 0}, times)))
	t.Run(testDeepBytes[any]("any", bytes.Repeat([]byte("\x0e[]interface {}\x02"), times)))
	t.Run(testDeepBytes[*node]("list", bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}, times)))
}

func testDeepBytes[T any](name string, src []byte) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		c, _ := of[T](t)
		_, err := c.Decode(src)
		checkDeep(t, "Decode", err)
		_, err = c.DecodeSlice(nil, append([]byte{2}, src...))
		checkDeep(t, "DecodeSlice", err)
	}
}
