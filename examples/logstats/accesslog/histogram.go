package accesslog

import (
	"math"
	"math/bits"
)

// A Histogram counts values that are not negative and answers which value a share
// of them does not exceed. Its buckets are linear within powers of two, as in HDR
// histograms: the answer is too high by less than a thirty-second. It takes the
// same memory for any number of values, and the sum of two is that of their counts.
type Histogram struct {
	count   int64
	max     int64
	buckets [buckets]int64
}

const (
	fine    = 5 // bits: 32 buckets for each power of two
	buckets = (64 - fine) << fine
)

// Add counts v, or 0 if v is negative.
func (h *Histogram) Add(v int64) {
	v = max(v, 0)
	h.count++
	h.max = max(h.max, v)
	h.buckets[bucket(v)]++
}

// bucket returns the number of the bucket of v. Values below 64 have one of their own.
func bucket(v int64) int {
	shift := max(bits.Len64(uint64(v))-fine-1, 0)
	return shift<<fine + int(v>>shift)
}

// highest returns the greatest value in bucket i.
func highest(i int) int64 {
	shift := max(i>>fine-1, 0)
	return int64(i-shift<<fine+1)<<shift - 1
}

// Count returns how many values there are.
func (h *Histogram) Count() int64 { return h.count }

// Max returns the greatest value.
func (h *Histogram) Max() int64 { return h.max }

// Quantile returns a value that a share q, from 0 to 1, of all values do not exceed;
// 0 if there are none.
func (h *Histogram) Quantile(q float64) int64 {
	rank := max(int64(math.Ceil(q*float64(h.count))), 1)
	for i, n := range h.buckets {
		if rank -= n; rank <= 0 && n > 0 {
			return min(highest(i), h.max)
		}
	}
	return h.max
}

// Merge adds the values of other to h.
func (h *Histogram) Merge(other *Histogram) {
	h.count += other.count
	h.max = max(h.max, other.max)
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
}
