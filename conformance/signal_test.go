package conformance

import (
	"context"
	"sync"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
)

// eventModel is of an event that is set, or of a latch with its count: to wait is
// to see 0.
var eventModel = model[int]{1, func(s int, c call, a answer) (int, bool) {
	switch c.do {
	case "set":
		return 0, true
	case "clear":
		return 1, true
	case "count down":
		return max(0, s-1), true
	case "wait":
		return s, s == 0
	case "count":
		return s, a.n == s
	}
	panic(c.do)
}}

type waitable interface {
	Wait(ctx context.Context) error
}

func (c *client) waitOften(w waitable, n int) {
	for range n {
		if c.IntN(2) == 0 {
			ctx, cancel := c.impatient()
			c.call("wait", 0, func() answer { return answerOf(0, w.Wait(ctx)) })
			cancel()
		} else {
			c.call("wait", 0, func() answer { return answerOf(0, w.Wait(context.Background())) })
		}
	}
}

func TestEvent(t *testing.T) {
	linearizable(t, eventModel, func(r *round) func(*client) {
		var e concurrent.Event
		set := func() answer { e.Set(); return answer{} }
		isSet := func() answer {
			if e.IsSet() {
				return answer{}
			}
			return answer{n: 1}
		}
		var clearing sync.WaitGroup
		for range 2 {
			clearing.Add(1)
			r.client(func(c *client) {
				defer clearing.Done()
				for range 6 {
					if c.IntN(2) == 0 {
						c.call("set", 0, set)
					} else {
						c.call("clear", 0, func() answer { e.Clear(); return answer{} })
					}
				}
			})
		}
		for range 3 {
			r.client(func(c *client) {
				c.waitOften(&e, 5)
				c.call("count", 0, isSet)
			})
		}
		r.client(func(c *client) {
			clearing.Wait()
			c.call("set", 0, set) // who still waits waits for this one
		})
		return func(c *client) { c.call("count", 0, isSet) }
	})
}
