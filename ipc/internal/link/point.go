package link

import (
	"math"
	"time"
)

// A deadline travels as a point of the clock that all processes of a machine share and
// that nobody sets. A duration would age on the way, a time of day changes when somebody
// sets the clock.

// Point returns the point of that clock, in nanoseconds, at which it will be t: never 0,
// and the last one for a t beyond it.
func Point(t time.Time) int64 { return point(monotonic(), time.Until(t)) }

func point(now int64, left time.Duration) int64 {
	if int64(left) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return max(now+int64(left), 1)
}

// Until returns how long it is until a point.
func Until(point int64) time.Duration { return time.Duration(point - monotonic()) }
