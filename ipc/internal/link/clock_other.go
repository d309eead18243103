//go:build !unix || aix || netbsd

package link

import "time"

// monotonic returns the time of day, for want of a clock that processes share.
func monotonic() int64 { return time.Now().UnixNano() }
