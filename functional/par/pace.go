package par

import (
	"math"
	"time"
)

// blind is how large a chunk can get without a look at the clock.
const blind = 256

// A pace is what one worker knows about the cost of items.
type pace struct {
	size  int           // of the next chunk, before its fair share
	last  int           // of the chunk that began at since; 0 before the first look at the clock
	since time.Time     // when the last chunk began
	aim   time.Duration // the grain's, or longer when calls proved expensive
	least int           // so many items take worthwhile at least
	each  float64       // nanoseconds per item when the chunk was half its size
	level bool          // larger chunks no longer make the item cheaper
}

// worthwhile is the time that a chunk should take if cores are not to spend
// theirs fetching the cursor from each other.
const worthwhile = 2 * time.Microsecond

// next returns the size of the next chunk.
func (p *pace) next(c *call) int {
	if c.grain.fixed > 0 {
		return c.grain.fixed
	}
	if p.size == 0 {
		p.size, p.aim, p.least, p.level = 1, c.grain.aim, math.MaxInt, !c.grain.calls
	}
	if p.level && p.last == 0 && p.size < blind && c.helpers.empty() {
		// Alone so far. If the items are slow a helper arrives after a few of
		// them; if it does not, they are so cheap that even the clock would be
		// felt.
		size := p.share(c)
		if size == p.size {
			p.size *= 2
		}
		return size
	}
	now := time.Now()
	if p.last > 0 {
		p.adapt(now.Sub(p.since))
	}
	p.since = now
	p.last = p.share(c)
	return p.last
}

// share limits size to a fair part of what is left, so that no worker is still
// busy with a large chunk when the others have run out of work: the guided
// self-scheduling of Polychronopoulos and Kuck (1987), but half of it, because
// the past says only so much about the cost of what comes, unless so few items
// are not worth another claim.
func (p *pace) share(c *call) int {
	left := c.n - int(min(c.next.Load(), int64(c.n)))
	fair := left / c.workers
	if fair > p.least {
		fair = max(fair/2, p.least)
	}
	return max(1, min(p.size, fair))
}

// adapt sets the size after a chunk that took d.
func (p *pace) adapt(d time.Duration) {
	each := float64(max(d, 1)) / float64(p.last)
	p.least = int(min(float64(worthwhile)/each, math.MaxInt32))
	if !p.level {
		// However long calls take: if twice the items cost a good deal less
		// than twice the time, it is the call that costs.
		if p.each == 0 || each < 0.75*p.each {
			if p.each > 0 {
				p.aim = max(p.aim, d)
			}
			p.each = each
			p.size = 2 * min(p.last, math.MaxInt/8)
			return
		}
		p.level = true
	}
	last := min(p.last, math.MaxInt/8)
	switch {
	case d < p.aim/8:
		p.size = 4 * last
	case d < p.aim/2:
		p.size = 2 * last
	case d > 2*p.aim:
		p.size = max(1, int(float64(p.aim)/each))
	}
}
