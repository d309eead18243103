//go:build !lockdebug

package concurrent

import (
	"context"
	"time"
)

// lockDebugging is a constant, so that what it guards is not compiled.
const lockDebugging = false

type lockDebug struct{}

func setLockDebug(func(LockReport), time.Duration) {}

func (lockDebug) acquire(ctx context.Context, _ string, _ bool, take func(context.Context) error) error {
	return take(ctx)
}
func (lockDebug) tried(bool, string, bool) {}
func (lockDebug) released(bool)            {}
