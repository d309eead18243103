package functional

import (
	"fmt"
	"math"
)

// maxEntries is how many entries an lru can number, whatever they cost.
const maxEntries = math.MaxInt32 - 1

// keep stores what the flight f brought, unless its key has been forgotten or
// everybody has left, and tells of what had to go.
func (c *Cache[K, V]) keep(key K, f *flight[V]) {
	cost := 1
	if c.cost != nil {
		cost = c.cost(key, f.value)
		if cost < 0 {
			panic(fmt.Sprintf("functional: a cache entry with the cost %d, want at least 0", cost))
		}
	}
	for _, e := range c.store(key, f, max(cost, 1)) {
		c.evicted(e.key, e.value)
	}
}

// store returns the entries it removed that somebody wants to be told of.
func (c *Cache[K, V]) store(key K, f *flight[V], cost int) (gone []entry[K, V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ground(key, f) {
		return nil
	}
	evict := func(i int32) {
		e := c.kept.remove(i)
		c.stats.Evictions++
		if c.evicted != nil {
			gone = append(gone, e)
		}
	}
	// All entries live equally long, so they expire in the order they came in,
	// and this one's predecessor, if it is still there, is among the expired.
	now := c.now()
	for i := c.kept.byAge.last(); i != 0 && c.expired(i, now); i = c.kept.byAge.last() {
		evict(i)
	}
	if cost > c.bound {
		return gone
	}
	for c.kept.cost > c.bound-cost || c.kept.len() == maxEntries {
		evict(c.kept.byUse.last())
	}
	c.kept.add(entry[K, V]{key, f.value, cost, now})
	return gone
}
