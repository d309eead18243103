package functional

import "iter"

// pull is [iter.Pull] that reads up to ahead elements before they are asked for,
// so that the switch to the goroutine of seq and back, some 100 ns, is paid once
// for that many. It makes no promise about concurrent use, and callers defer stop.
func pull[A any](seq iter.Seq[A], ahead int) (next func() (A, bool), stop func()) {
	if ahead <= 1 {
		return iter.Pull(seq)
	}
	refill, stop := iter.Pull(func(yield func([]A) bool) {
		// seq and its reader take turns: one buffer does for both.
		buf := make([]A, 0, min(ahead, 256))
		seq(func(a A) bool {
			buf = append(buf, a)
			if len(buf) < ahead {
				return true
			}
			more := yield(buf)
			buf = buf[:0]
			return more
		})
		if len(buf) > 0 {
			yield(buf)
		}
	})
	var buf []A
	i := 0
	return func() (a A, ok bool) {
		if i == len(buf) {
			i = 0
			if buf, ok = refill(); !ok {
				return a, false
			}
		}
		a = buf[i]
		i++
		return a, true
	}, stop
}
