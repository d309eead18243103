package concurrent

import (
	"context"
	"time"
)

// Sleep pauses the calling goroutine for d, or until ctx ends: then it returns
// context.Cause(ctx), as it does at once for a ctx that is done on entry. It is
// asyncio.sleep. A d that is not positive pauses for nothing.
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
