package par

import (
	"math"

	"github.com/fanfold/fanfold/internal/panics"
)

// feed is the life of the feeder.
func (p *pipe[A, B]) feed() {
	returned, whole := false, true
	defer func() {
		if v := recover(); v != nil {
			p.fail(failedBy(p.read, panics.From(v)))
		} else if !returned {
			p.fail(failedBy(p.read, panics.Goexit))
		}
		p.mu.Lock()
		p.feeding = false
		p.whole = returned && whole
		p.supply.Broadcast()
		p.progress.Signal()
		p.mu.Unlock()
	}()
	p.seq(func(a A) bool {
		whole = p.put(a)
		return whole
	})
	returned = true
}

// put hands an item to the workers and waits until another may be read; it
// reports whether one is wanted at all. The slot of a is free: the wait for it
// was over before a was read.
func (p *pipe[A, B]) put(a A) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in[p.read%len(p.in)] = a
	p.read++
	// Those that wait are as good as taken by the items before this one.
	if p.read-p.claimed > p.waiting && p.busy < p.options.Workers {
		p.busy++
		go p.work()
	} else {
		p.supply.Signal()
	}
	for p.read-p.yielded == len(p.in) && p.limit == math.MaxInt {
		p.room.Wait()
	}
	return p.limit == math.MaxInt
}
