package foreign

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type key struct{}

type rotten struct{ context.Context }

func (rotten) Err() error                  { panic("rotten") }
func (rotten) Deadline() (time.Time, bool) { panic("rotten") }
func (rotten) Value(any) any               { panic("rotten") }

// What a context panics with is raised when it is asked for.
func TestPanicIsKept(t *testing.T) {
	inner, cancel := context.WithCancel(t.Context())
	g := Guard(rotten{inner})
	require.NoError(t, g.Err(), "it has not ended")
	require.NotPanics(t, g.Raise)
	require.Nil(t, g.Value(key{}))
	require.NotNil(t, g.Burst())
	cancel()
	require.Equal(t, context.Canceled, g.Err())
	require.Equal(t, context.Canceled, context.Cause(g))
	_, bounded := g.Deadline()
	require.False(t, bounded)
	require.Panics(t, g.Raise)
}

// A context that behaves is what it was.
func TestGuardChangesNothing(t *testing.T) {
	cause := errors.New("cause")
	inner, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
	bounded, stop := context.WithTimeout(inner, time.Hour)
	defer stop()
	g := Guard(bounded)
	require.Same(t, g, Guard(g))
	require.Equal(t, "value", g.Value(key{}))
	want, _ := bounded.Deadline()
	deadline, ok := g.Deadline()
	require.True(t, ok)
	require.Equal(t, want, deadline)
	told := make(chan struct{})
	context.AfterFunc(g, func() { close(told) })
	cancel(cause)
	<-told
	require.Equal(t, context.Canceled, g.Err())
	require.Equal(t, cause, context.Cause(g))
	require.NotPanics(t, g.Raise)
}

// A context that never ends costs nothing.
func TestGuardOfEndless(t *testing.T) {
	ctx := context.Background()
	require.Zero(t, testing.AllocsPerRun(100, func() { Guard(ctx) }))
	require.Nil(t, Guard(context.WithValue(ctx, key{}, 1)).Done())
	require.NoError(t, Guard(ctx).Err())
}
