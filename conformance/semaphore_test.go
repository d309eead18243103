package conformance

import (
	"context"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
)

type semaphore interface {
	Acquire(ctx context.Context, n int) error
	TryAcquire(n int) bool
	Release(n int)
	Value() int
}

// permits is the state of a semaphore: fewer than none are free when it shrank
// while they were taken.
type permits struct{ free, bound int }

// semaphoreModel allows a TryAcquire to fail that meets another call: permits that
// are saved for one who waits are not to be had.
func semaphoreModel(n int) model[permits] {
	return model[permits]{permits{n, n}, func(s permits, c call, a answer) (permits, bool) {
		switch c.do {
		case "acquire", "try acquire":
			if a.err == no {
				return s, s.free < c.n || !a.alone
			}
			ok := s.free >= c.n
			s.free -= c.n
			return s, ok && a.err == ""
		case "release":
			s.free += c.n
			return s, true
		case "resize":
			s.free += c.n - s.bound
			s.bound = c.n
			return s, true
		case "value":
			return s, a.n == max(0, s.free)
		}
		panic(c.do)
	}}
}

func (c *client) acquireOften(s semaphore, n int) {
	for range n {
		k := 1 + c.IntN(2)
		var a answer
		switch c.IntN(6) {
		case 0:
			a = c.call("try acquire", k, func() answer { return tried(s.TryAcquire(k)) })
		case 1, 2:
			ctx, cancel := c.impatient()
			a = c.call("acquire", k, func() answer { return answerOf(0, s.Acquire(ctx, k)) })
			cancel()
		case 3:
			c.call("value", 0, func() answer { return answer{n: s.Value()} })
			continue
		default:
			a = c.call("acquire", k, func() answer { return answerOf(0, s.Acquire(context.Background(), k)) })
		}
		if a.err == "" {
			c.linger()
			c.call("release", k, func() answer { s.Release(k); return answer{} })
		}
	}
}

// acquireAll ends a history: all the permits are there, and no more.
func (c *client) acquireAll(s semaphore, n int) {
	c.call("value", 0, func() answer { return answer{n: s.Value()} })
	c.call("try acquire", n, func() answer { return tried(s.TryAcquire(n)) })
	c.call("try acquire", 1, func() answer { return tried(s.TryAcquire(1)) })
}

func TestSemaphore(t *testing.T) {
	linearizable(t, semaphoreModel(3), func(r *round) func(*client) {
		s := concurrent.NewSemaphore(3)
		for range 5 {
			r.client(func(c *client) { c.acquireOften(s, 6) })
		}
		return func(c *client) { c.acquireAll(s, 3) }
	})
}

// TestBoundedSemaphore also changes the bound.
func TestBoundedSemaphore(t *testing.T) {
	linearizable(t, semaphoreModel(3), func(r *round) func(*client) {
		s := concurrent.NewBoundedSemaphore(3)
		for range 4 {
			r.client(func(c *client) { c.acquireOften(s, 6) })
		}
		r.client(func(c *client) {
			for range 5 {
				n := 2 + c.IntN(3)
				c.call("resize", n, func() answer { s.Resize(n); return answer{} })
			}
			c.call("resize", 3, func() answer { s.Resize(3); return answer{} })
		})
		return func(c *client) { c.acquireAll(s, 3) }
	})
}
