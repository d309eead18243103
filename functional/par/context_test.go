package par

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

type key struct{}

// TestCallContext asks a callContext for its Done channel at each possible time
// and compares it with what context.WithCancel makes.
func TestCallContext(t *testing.T) {
	cause := errors.New("cause")
	events := map[string]func(parent context.CancelCauseFunc, c *callContext){
		"nothing":              func(context.CancelCauseFunc, *callContext) {},
		"parent ends":          func(parent context.CancelCauseFunc, _ *callContext) { parent(cause) },
		"call ends":            func(_ context.CancelCauseFunc, c *callContext) { c.end() },
		"call ends twice":      func(_ context.CancelCauseFunc, c *callContext) { c.end(); c.end() },
		"parent, then call":    func(parent context.CancelCauseFunc, c *callContext) { parent(cause); c.end() },
		"call, then parent":    func(parent context.CancelCauseFunc, c *callContext) { c.end(); parent(cause) },
		"call, parent, call":   func(parent context.CancelCauseFunc, c *callContext) { c.end(); parent(cause); c.end() },
		"parent, call, parent": func(parent context.CancelCauseFunc, c *callContext) { parent(cause); c.end(); parent(nil) },
	}
	for name, happen := range events {
		for _, early := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, 7))
				c := &callContext{Context: parent}
				if early {
					c.Done()
				}
				modelParent, modelCancel := context.WithCancelCause(t.Context())
				model, modelEnd := context.WithCancel(modelParent)
				happen(cancel, c)
				happen(modelCancel, &callContext{Context: t.Context(), cancel: modelEnd})

				child, cancelChild := context.WithCancel(c)
				defer cancelChild()
				for _, ctx := range []context.Context{c, child, c} {
					require.Equal(t, model.Err(), ctx.Err())
					require.Equal(t, context.Cause(model), context.Cause(ctx))
					require.Equal(t, 7, ctx.Value(key{}))
					require.Equal(t, isDone(model), isDone(ctx))
				}
				c.end()
				require.True(t, isDone(child), "a grandchild did not hear of the end of the call")
			})
		}
	}
}

func isDone(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}
