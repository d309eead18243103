package concurrent

import (
	"context"
	"time"
)

// Sleep blocks for the duration d: asyncio.sleep. It returns context.Cause(ctx)
// when ctx ends first, or is done on entry. Otherwise it returns nil, at once for
// a d that is not positive.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
