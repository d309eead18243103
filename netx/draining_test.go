package netx_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
)

var errTest = errors.New("test")

type key struct{}

func TestDraining(t *testing.T) {
	type contexts struct {
		ctx  context.Context
		end  context.CancelCauseFunc // of ctx
		down context.CancelCauseFunc // of the draining one
	}
	cases := []struct {
		name string
		do   func(contexts)
		want error // the cause; nil: it goes on
		late error // the cause of a context that Draining returns only then
	}{
		{"both go on", func(contexts) {}, nil, nil},
		{"the server shuts down", func(c contexts) { c.down(errTest) }, netx.ErrDraining, netx.ErrDraining},
		{"the handler's context ends", func(c contexts) { c.end(errTest) }, errTest, errTest},
		{"first the handler's", func(c contexts) { c.end(errTest); c.down(nil) }, errTest, errTest},
		{"first the server's", func(c contexts) { c.down(nil); synctest.Wait(); c.end(errTest) }, netx.ErrDraining, errTest},
	}
	for _, c := range cases {
		for _, early := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				draining, down := context.WithCancelCause(t.Context())
				ctx, end := context.WithCancelCause(context.WithValue(t.Context(), key{}, 7))
				ctx = netx.WithDraining(ctx, draining)
				all := contexts{ctx, end, down}
				var got context.Context
				if early {
					got = netx.Draining(ctx)
				}
				c.do(all)
				if !early {
					got = netx.Draining(ctx) // what has ended shows at once
				} else {
					synctest.Wait()
				}
				want := c.want
				if !early {
					want = c.late
				}
				assert.Equal(t, want, context.Cause(got), "%s, early %v", c.name, early)
				assert.Equal(t, want != nil, got.Err() != nil, "%s, early %v", c.name, early)
				assert.Equal(t, 7, got.Value(key{}))
				end(nil)
				down(nil)
			})
		}
	}
}

// The end of a context that both are derived from is that of the handler, not a shutdown.
func TestDrainingOfOneFamily(t *testing.T) {
	for range 200 {
		parent, cancel := context.WithCancelCause(t.Context())
		draining, stop := context.WithCancel(parent)
		ctx := netx.Draining(netx.WithDraining(parent, draining))
		cancel(errTest)
		<-ctx.Done()
		require.Equal(t, errTest, context.Cause(ctx))
		stop()
	}
}

func TestDrainingInside(t *testing.T) {
	outer, down := context.WithCancel(t.Context())
	ctx := netx.WithDraining(t.Context(), outer)
	inner, innerDown := context.WithCancel(t.Context())
	nested := netx.WithDraining(ctx, inner)
	down()
	assert.NoError(t, netx.Draining(nested).Err(), "the innermost counts")
	assert.Equal(t, netx.ErrDraining, context.Cause(netx.Draining(ctx)))
	innerDown()
	limited, cancel := context.WithTimeout(nested, time.Hour)
	defer cancel()
	assert.Equal(t, netx.ErrDraining, context.Cause(netx.Draining(limited)))
}

func TestDrainingOfNoServer(t *testing.T) {
	assert.Equal(t, t.Context(), netx.Draining(t.Context()))
	assert.PanicsWithValue(t, "netx: WithDraining with a nil context", func() {
		netx.WithDraining(t.Context(), nil) //nolint:staticcheck // the misuse under test
	})
}
