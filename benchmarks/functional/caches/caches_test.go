package caches_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// size is how many entries the caches hold, asked how many asks there are before
// they are repeated.
const (
	size  = 10_000
	asked = 1 << 18
)

// BenchmarkHit asks for keys that are there.
func BenchmarkHit(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	compare(b, 0, keys(func() int { return r.IntN(size / 2) }))
}

// BenchmarkZipf asks for keys up to a million, some of them much more often than
// others, as users do for pages: every fourth time or so for one that is not there.
func BenchmarkZipf(b *testing.B) {
	compare(b, 0, zipf())
}

// BenchmarkZipfTTL is BenchmarkZipf with a time to live, which does not end.
func BenchmarkZipfTTL(b *testing.B) {
	compare(b, time.Hour, zipf())
}

// BenchmarkMiss asks for keys that are not there: each comes when as many others as
// the caches hold ten times over have been asked for.
func BenchmarkMiss(b *testing.B) {
	next := 0
	compare(b, 0, keys(func() int { next++; return next % (10 * size) }), "map")
}

func zipf() []int {
	z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, 1_000_000)
	return keys(func() int { return int(z.Uint64()) })
}

// keys returns what is asked for.
func keys(next func() int) []int {
	s := make([]int, asked)
	for i := range s {
		s[i] = next()
	}
	return s
}

// compare asks all contenders but those that are left out, by one goroutine and by
// as many as there are processors, each of which starts at another of the keys.
func compare(b *testing.B, ttl time.Duration, keys []int, without ...string) {
	for _, c := range contenders {
		if len(without) > 0 && c.name == without[0] {
			continue
		}
		b.Run("impl="+c.name, func(b *testing.B) {
			b.Run("goroutines=1", func(b *testing.B) {
				get := c.warm(b, ttl, keys)
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					ask(b, get, keys[i%asked])
					i++
				}
			})
			b.Run("goroutines=procs", func(b *testing.B) {
				get := c.warm(b, ttl, keys)
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for i := rand.IntN(asked); pb.Next(); i++ {
						ask(b, get, keys[i%asked])
					}
				})
			})
		})
	}
}

// warm returns a cache that has been asked for all keys once.
func (c contender) warm(b *testing.B, ttl time.Duration, keys []int) getFunc {
	get := c.make(b, size, ttl)
	for _, key := range keys {
		ask(b, get, key)
	}
	return get
}

func ask(b *testing.B, get getFunc, key int) {
	if v, err := get(context.Background(), key); err != nil || v != key+1 {
		b.Errorf("key %d: got %d, %v", key, v, err)
	}
}
