package wire

import (
	"slices"
	"testing"
	"unsafe"
)

// Values that are plain memory are decoded into what is there; others never, since
// what a method of theirs has seen must not change.
func TestPlain(t *testing.T) {
	t.Run(testPlain("int16", true, []int16{1, -2, 3}))
	t.Run(testPlain("struct", true, []struct{ A, B int32 }{{1, 2}, {3, -4}}))
	t.Run(testPlain("empty struct", true, []struct{}{{}, {}}))
	t.Run(testPlain("bool", false, []bool{true, false}))
	t.Run(testPlain("string", false, []string{"a", "b"}))
	t.Run(testPlain("pointer", false, []*int{nil, nil}))
	t.Run(testPlain("methods", false, []textKey{7, 8}))
}

func testPlain[T comparable](name string, plain bool, v []T) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		direct, portable := of[T](t)
		// A machine whose memory is not in the wire's order copies nothing.
		if size := unsafe.Sizeof(v[0]); portable.Plain() && size > 1 {
			t.Error("the portable codec has plain values")
		}
		if direct.Plain() != plain && newCompiler(false).direct {
			t.Errorf("Plain is %v", !plain)
		}
		for _, c := range []*Codec[T]{direct, portable} {
			for n := range len(v) + 1 {
				b, err := c.AppendSlice(nil, v[:n])
				if err != nil {
					t.Fatal(err)
				}
				for _, dst := range [][]T{nil, {}, make([]T, 1), slices.Repeat(v[:1], len(v))} {
					got, err := c.DecodeSlice(dst, b)
					if err != nil || !slices.Equal(got, v[:n]) || got == nil {
						t.Errorf("%d values into %d: got %#v and %v", n, len(dst), got, err)
					}
					room := cap(dst) >= n && n > 0 && unsafe.Sizeof(v[0]) > 0
					if same := room && &got[0] == &dst[:1][0]; same != (room && c.Plain()) {
						t.Errorf("%d values into %d: into its memory is %v", n, len(dst), same)
					}
				}
			}
			b, _ := c.AppendSlice(nil, nil)
			if got, err := c.DecodeSlice(v, b); got != nil || err != nil {
				t.Errorf("nil: got %#v and %v", got, err)
			}
		}
	}
}
