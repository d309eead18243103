package sock

import (
	"errors"
	"os"
	"time"
)

// soon is how long Arrived waits for connections that cannot be asked.
const soon = time.Millisecond

// Arrived is Read of what has come already. It does not wait: n is 0 and err is nil if
// there is nothing. It takes away a read deadline.
func (r *Reader) Arrived(buf []byte) (in []byte, n int, err error) {
	var deadline time.Time
	if r.raw == nil {
		deadline = time.Now().Add(soon)
	}
	if err := r.conn.SetReadDeadline(deadline); err != nil {
		return buf, 0, err
	}
	if r.raw != nil {
		return r.readRaw(buf, true)
	}
	in, n, err = r.Read(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) && (r.seen == nil || r.seen.Cause() == nil) {
		err = nil
	}
	if reset := r.conn.SetReadDeadline(time.Time{}); err == nil {
		err = reset
	}
	return in, n, err
}
