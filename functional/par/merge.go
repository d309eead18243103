package par

import "sort"

// mergeWords merges a and b into dst.
//
// It works from both ends at once: these are two chains of computations that do
// not wait for each other, and which element comes next is computed, not guessed.
func mergeWords[K word](dst, a, b []K) {
	for {
		// Neither end can come to the end of a or b before that, nor meet the
		// other.
		steps := min(len(a), len(b))
		if steps < 4 {
			break
		}
		var i, j int // of a and b taken from the front
		p, q := len(a)-1, len(b)-1
		for k := range steps {
			x, y := a[i], b[j]
			v, fromB := x, 0
			if y < x {
				v = y
			}
			if y < x {
				fromB = 1
			}
			dst[k] = v
			j += fromB
			i = k + 1 - j

			x, y = a[p], b[q]
			v, fromB = y, 1
			if y < x {
				v = x
			}
			if y < x {
				fromB = 0
			}
			dst[len(dst)-1-k] = v
			q -= fromB
			p -= 1 - fromB
		}
		dst, a, b = dst[steps:len(dst)-steps], a[i:p+1], b[j:q+1]
	}
	for len(a) > 0 && len(b) > 0 {
		if b[0] < a[0] {
			dst[0], b = b[0], b[1:]
		} else {
			dst[0], a = a[0], a[1:]
		}
		dst = dst[1:]
	}
	copy(dst[copy(dst, a):], b)
}

// mergeFunc returns a function that merges a and b into dst in the order of
// compare, of equal elements a's first.
func mergeFunc[E any](compare func(a, b E) int) func(dst, a, b []E) {
	// When so many elements in a row came from one side, it is searched for where
	// the other comes in: there are few different elements, or they were in order.
	const streak = 32
	return func(dst, a, b []E) {
		i, j := 0, 0
		for i < len(a) && j < len(b) {
			wasI, wasJ := i, j
			for i+j < wasI+wasJ+streak && i < len(a) && j < len(b) {
				if compare(b[j], a[i]) < 0 {
					dst[i+j] = b[j]
					j++
				} else {
					dst[i+j] = a[i]
					i++
				}
			}
			switch {
			case j == len(b) || i == len(a):
			case i == wasI:
				j += copy(dst[i+j:], b[j:j+ahead(len(b)-j, func(n int) bool { return compare(b[j+n], a[i]) < 0 })])
			case j == wasJ:
				i += copy(dst[i+j:], a[i:i+ahead(len(a)-i, func(n int) bool { return compare(b[j], a[i+n]) >= 0 })])
			}
		}
		copy(dst[i+j:], a[i:])
		copy(dst[i+j:], b[j:])
	}
}

// ahead returns for how many of the first n is is true, where it is false for all
// behind one for which it is false. It looks the closer the earlier that is.
func ahead(n int, is func(i int) bool) int {
	least, step := 0, 1
	for least+step <= n && is(least+step-1) {
		least += step
		step *= 2
	}
	return least + sort.Search(min(step-1, n-least), func(i int) bool { return !is(least + i) })
}

// stableLeaf returns a function that sorts s in the order of compare, equal
// elements staying in order. Should compare panic, s has all its elements.
func stableLeaf[E any](compare func(a, b E) int) func(s, spare []E) {
	const block = 12 // elements that are sorted by insertion
	merge := mergeFunc(compare)
	return func(s, spare []E) {
		if spare == nil {
			spare = make([]E, len(s))
		}
		for lo := 0; lo < len(s); lo += block {
			insertionSort(s[lo:min(lo+block, len(s))], compare)
		}
		src, dst, away := s, spare, false
		defer func() {
			if away {
				copy(s, src)
			}
		}()
		for run := block; run < len(s); run *= 2 {
			done := 0
			for mid := run; mid < len(s); mid += 2 * run {
				lo, hi := mid-run, min(mid+run, len(s))
				if compare(src[mid], src[mid-1]) < 0 {
					copy(dst[done:lo], src[done:lo])
					merge(dst[lo:hi], src[lo:mid], src[mid:hi])
					done = hi
				}
			}
			if done > 0 {
				copy(dst[done:], src[done:])
				src, dst, away = dst, src, !away
			}
		}
	}
}

// insertionSort sorts s in the order of compare, equal elements staying in order.
// An element moves after it has been compared, so that none is lost in a panic.
func insertionSort[E any](s []E, compare func(a, b E) int) {
	for i, e := range s {
		to := i
		for to > 0 && compare(e, s[to-1]) < 0 {
			to--
		}
		if to < i {
			copy(s[to+1:i+1], s[to:i])
			s[to] = e
		}
	}
}
