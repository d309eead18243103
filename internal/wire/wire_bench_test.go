package wire

import (
	"slices"
	"testing"
	"time"
)

func benchmark[T any](b *testing.B, v T) {
	c, err := Of[T]()
	if err != nil {
		b.Fatal(err)
	}
	buf, err := c.Append(nil, v)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(buf)))
		for b.Loop() {
			if _, err := c.Append(buf[:0], v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(buf)))
		for b.Loop() {
			if _, err := c.Decode(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkInt(b *testing.B)    { benchmark(b, 42) }
func BenchmarkString(b *testing.B) { benchmark(b, "a short string") }
func BenchmarkTime(b *testing.B)   { benchmark(b, time.Unix(1e9, 0)) }
func BenchmarkAny(b *testing.B)    { benchmark[any](b, 42) }

func BenchmarkStruct(b *testing.B) {
	type record struct {
		ID    int
		Name  string
		Score float64
	}
	benchmark(b, record{1, "a short string", 0.5})
}

// Pages that were never written are all one page, which the cache keeps: fill them.
func BenchmarkFloats(b *testing.B) { benchmark(b, slices.Repeat([]float64{0.5}, 1e6)) }
func BenchmarkBytes(b *testing.B)  { benchmark(b, slices.Repeat([]byte{1}, 4<<10)) }

func BenchmarkStrings(b *testing.B) {
	s := make([]string, 1000)
	for i := range s {
		s[i] = "word"
	}
	benchmark(b, s)
}

func BenchmarkMap(b *testing.B) {
	m := map[string]int{}
	for i := range 1000 {
		m[string(rune('a'+i%26))+string(rune('A'+i/26))] = i
	}
	benchmark(b, m)
}
