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
	// A sequence that watches the context itself ends as one does that is complete.
	whole = whole && p.caller.Err() == nil
	returned = true
}

// put hands an item to the workers and waits until another may be read; it
// reports whether one is wanted at all. The slot of a is free: the wait for it
// was over before a was read.
func (p *pipe[A, B]) put(a A) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.extend()
	p.in[p.read%len(p.in)] = a
	p.read++
	// Those that wait are as good as taken by the items before this one.
	if p.read-p.claimed > p.waiting && p.busy < p.options.Workers {
		p.busy++
		go p.work()
	} else {
		p.supply.Signal()
	}
	for p.read-p.yielded == p.options.Window && p.limit == math.MaxInt {
		p.room.Wait()
	}
	return p.limit == math.MaxInt
}

// extend makes the rings longer when all slots are taken. The window has not been
// reached: the wait for room was over before. p.mu is held.
func (p *pipe[A, B]) extend() {
	n := len(p.in)
	if p.read-p.yielded < n {
		return
	}
	size := p.options.Window
	if size/2 > n {
		size = 2 * n
	}
	in, out := make([]A, size), make([]result[B], size)
	for i := p.yielded; i < p.read; i++ {
		in[i%size], out[i%size] = p.in[i%n], p.out[i%n]
	}
	p.in, p.out = in, out
}
