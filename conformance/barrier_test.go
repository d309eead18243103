package conformance

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/stretchr/testify/assert"
)

const parties = 3

// arrivals is of a barrier at which so many stand. A Wait takes effect when the
// party arrives; that it returns only when all have is up to TestBarrierMeets.
var arrivals = model[int]{0, func(s int, c call, a answer) (int, bool) {
	return (s + 1) % parties, a.n == s && a.err == ""
}}

// TestBarrierCrowd has more goroutines at a barrier than it has parties.
func TestBarrierCrowd(t *testing.T) {
	linearizable(t, arrivals, func(r *round) func(*client) {
		b := concurrent.NewBarrier(parties, nil)
		var left atomic.Int64
		left.Store(8 * parties) // in all: the last who come are as many as a meeting needs
		for range 2 * parties {
			r.client(func(c *client) {
				for left.Add(-1) >= 0 {
					c.call("wait", 0, func() answer { return answerOf(b.Wait(context.Background())) })
				}
			})
		}
		return func(c *client) {
			assert.Zero(c.round.t, b.Waiting(), "waiting")
			assert.False(c.round.t, b.Broken(), "broken")
		}
	})
}

// TestBarrierMeets looks at each generation: everybody was there at one moment,
// and the action ran once, before anybody went.
func TestBarrierMeets(t *testing.T) {
	const generations = 8
	linearizable(t, arrivals, func(r *round) func(*client) {
		var actions atomic.Int64
		b := concurrent.NewBarrier(parties, func() { actions.Add(1) })
		for range parties {
			r.client(func(c *client) {
				for g := range generations {
					c.call("wait", g, func() answer { return answerOf(b.Wait(context.Background())) })
					assert.Contains(c.round.t, []int64{int64(g + 1), int64(g + 2)}, actions.Load(), "actions after generation %d", g)
				}
			})
		}
		return func(c *client) {
			last, first := make([]int64, generations), make([]int64, generations)
			seen := make([][]int, generations)
			for _, op := range c.round.ops {
				g := op.Input.(call).n
				last[g] = max(last[g], op.Call)
				if first[g] == 0 || op.Return < first[g] {
					first[g] = op.Return
				}
				seen[g] = append(seen[g], op.Output.(answer).n)
			}
			for g := range generations {
				slices.Sort(seen[g])
				assert.GreaterOrEqual(c.round.t, first[g], last[g], "when the first left generation %d, and the last came", g)
				assert.Equal(c.round.t, []int{0, 1, 2}, seen[g], "indexes of generation %d", g)
			}
		}
	})
}

// TestBarrierBreaks has parties that give up, and holds on to what the others
// hear: who meets meets all, and nobody stays behind.
func TestBarrierBreaks(t *testing.T) {
	histories(t, func(r *round) func(*client) {
		b := concurrent.NewBarrier(parties, nil)
		var met, gone [64]atomic.Int32
		for range parties {
			r.client(func(c *client) {
				for g := range 6 {
					ctx, cancel := c.impatient()
					if c.IntN(3) > 0 {
						cancel()
						ctx, cancel = context.Background(), func() {}
					}
					_, err := b.Wait(ctx)
					cancel()
					if err == nil {
						met[g].Add(1)
						continue
					}
					gone[g].Add(1)
					return // the others hear of it
				}
			})
		}
		return func(c *client) {
			for g := range met {
				assert.Contains(c.round.t, []int32{0, parties}, met[g].Load(), "who met in generation %d; %d have gone", g, gone[g].Load())
			}
			b.Abort()
			assert.True(c.round.t, b.Broken(), "broken after Abort")
			assert.Zero(c.round.t, b.Waiting(), "waiting after Abort")
			b.Reset()
			assert.False(c.round.t, b.Broken(), "broken after Reset")
		}
	}, func(*round) {})
}
