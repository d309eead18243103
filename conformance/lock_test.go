package conformance

import (
	"context"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/stretchr/testify/assert"
)

// lockModel is of a lock with its number of readers, or -1 for a writer.
var lockModel = model[int]{step: func(s int, c call, a answer) (int, bool) {
	switch c.do {
	case "lock", "try lock":
		if a.err == no {
			return s, s != 0 || c.n == 1 && !a.alone
		}
		return -1, s == 0
	case "unlock":
		return 0, s == -1
	case "rlock", "try rlock":
		if a.err == no {
			return s, s == -1 || !a.alone
		}
		return s + 1, s >= 0
	case "runlock":
		return s - 1, s > 0
	case "locked":
		return s, (a.n == 1) == (s != 0)
	}
	panic(c.do)
}}

// A sharable lock has a shared side, too; of a Lock it is nil. That one is tried in
// vain says no more of an RWLock than that somebody else came or went just then: a
// writer who gives up keeps others out for a moment.
type sharable interface {
	Lock()
	LockContext(ctx context.Context) error
	TryLock() bool
	Unlock()
}

// critical is what the lock guards: a variable that the race detector looks at.
type critical struct{ writers int }

func (c *client) write(l sharable, in *critical) {
	in.writers++
	if in.writers != 1 {
		assert.Fail(c.round.t, "one holds the lock", "but %d do", in.writers)
	}
	c.linger()
	in.writers--
	c.call("unlock", 0, func() answer { l.Unlock(); return answer{} })
}

func (c *client) read(l *concurrent.RWLock, in *critical) {
	if in.writers != 0 {
		assert.Fail(c.round.t, "one writes while another reads")
	}
	c.linger()
	c.call("runlock", 0, func() answer { l.RUnlock(); return answer{} })
}

func (c *client) lockOften(l sharable, in *critical, n, kind int) {
	for range n {
		switch c.IntN(5) {
		case 0:
			if c.call("try lock", kind, func() answer { return tried(l.TryLock()) }).err == "" {
				c.write(l, in)
			}
		case 1, 2:
			ctx, cancel := c.impatient()
			if c.call("lock", 0, func() answer { return answerOf(0, l.LockContext(ctx)) }).err == "" {
				c.write(l, in)
			}
			cancel()
		default:
			c.call("lock", 0, func() answer { l.Lock(); return answer{} })
			c.write(l, in)
		}
	}
}

func TestLock(t *testing.T) {
	linearizable(t, lockModel, func(r *round) func(*client) {
		var l concurrent.Lock
		var in critical
		locked := func() answer {
			if l.Locked() {
				return answer{n: 1}
			}
			return answer{}
		}
		for range 6 {
			r.client(func(c *client) { c.lockOften(&l, &in, 5, 0) })
		}
		r.client(func(c *client) {
			for range 5 {
				c.call("locked", 0, locked)
			}
		})
		return func(c *client) {
			c.call("locked", 0, locked)
			c.call("try lock", 0, func() answer { return tried(l.TryLock()) })
		}
	})
}

func TestRWLock(t *testing.T) {
	linearizable(t, lockModel, func(r *round) func(*client) {
		var l concurrent.RWLock
		var in critical
		for range 2 {
			r.client(func(c *client) { c.lockOften(&l, &in, 5, 1) })
		}
		for range 3 {
			r.client(func(c *client) {
				for range 5 {
					switch c.IntN(5) {
					case 0:
						if c.call("try rlock", 0, func() answer { return tried(l.TryRLock()) }).err == "" {
							c.read(&l, &in)
						}
					case 1, 2:
						ctx, cancel := c.impatient()
						if c.call("rlock", 0, func() answer { return answerOf(0, l.RLockContext(ctx)) }).err == "" {
							c.read(&l, &in)
						}
						cancel()
					default:
						c.call("rlock", 0, func() answer { l.RLock(); return answer{} })
						c.read(&l, &in)
					}
				}
			})
		}
		return func(c *client) {
			c.call("try rlock", 0, func() answer { return tried(l.TryRLock()) })
			c.call("try lock", 1, func() answer { return tried(l.TryLock()) })
			c.call("runlock", 0, func() answer { l.RUnlock(); return answer{} })
			c.call("try lock", 1, func() answer { return tried(l.TryLock()) })
		}
	})
}
