//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A flag is an Event of either package.
type flag interface {
	Set()
	Clear()
	IsSet() bool
	Wait(ctx context.Context) error
}

type farEvent struct{ *far }

func (e farEvent) Set()        { e.now("Set") }
func (e farEvent) Clear()      { e.now("Clear") }
func (e farEvent) IsSet() bool { return e.now("IsSet").OK }
func (e farEvent) Wait(ctx context.Context) error {
	_, err := e.any(ctx, "Wait")
	return err
}

func testEvents(t *testing.T, c *crew) {
	behave.Over(t, nounBackends(c,
		func() flag { return new(concurrent.Event) },
		func(m *shm.Memory) (*shm.Event, error) { return shm.NewEvent(m) },
		func(o *shm.Event) flag { return o },
		func(f *far) flag { return farEvent{f} },
	), []behave.Behaviour[flag]{
		{Name: "it is not set, then set until it is cleared", Check: func(t *testing.T, e flag) {
			for range 3 {
				require.False(t, e.IsSet())
				e.Set()
				e.Set()
				for range 3 {
					require.True(t, e.IsSet())
					require.NoError(t, e.Wait(t.Context()))
				}
				e.Clear()
				e.Clear()
			}
		}},
		{Name: "Set wakes all that wait", Check: func(t *testing.T, e flag) {
			waiting := make(chan error, 10)
			for range cap(waiting) {
				go func() { waiting <- e.Wait(t.Context()) }()
			}
			waits(t, waiting)
			e.Set()
			for range cap(waiting) {
				require.NoError(t, returned(t, waiting))
			}
			require.True(t, e.IsSet())
		}},
		{Name: "it is used again", Check: func(t *testing.T, e flag) {
			for range effort.Times(20, 10, 200) {
				waiting := started(func() error { return e.Wait(t.Context()) })
				e.Set()
				require.NoError(t, returned(t, waiting))
				e.Clear()
			}
			waits(t, started(func() error { return e.Wait(t.Context()) }))
		}},
		{Name: "with a ctx that has ended Wait returns its cause, set or not", Check: func(t *testing.T, e flag) {
			require.Equal(t, errEnded, e.Wait(endedContext(t.Context())))
			e.Set()
			require.Equal(t, errEnded, e.Wait(endedContext(t.Context())))
		}},
		{Name: "a ctx that ends ends the wait of one, with its cause", Check: func(t *testing.T, e flag) {
			ctx, cancel := canceled(t)
			ends := started(func() error { return e.Wait(ctx) })
			stays := started(func() error { return e.Wait(t.Context()) })
			waits(t, ends)
			cancel()
			require.Equal(t, errEnded, returned(t, ends))
			waits(t, stays)
			e.Set()
			require.NoError(t, returned(t, stays))
		}},
	})
}
