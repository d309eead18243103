package memo

import (
	"fmt"
	"math"
)

// maxEntries is how many entries an lru can number, whatever they cost.
const maxEntries = math.MaxInt32 - 1

// weigh returns what keeping value costs, at least 1.
func (c *Cache[K, V]) weigh(key K, value V) int {
	if c.cost == nil {
		return 1
	}
	cost := c.cost(key, value)
	if cost < 0 {
		panic(fmt.Sprintf("memo: an entry with the cost %d, want at least 0", cost))
	}
	return max(cost, 1)
}

// store keeps value and returns the entries it removed, if anybody wants to be
// told of them. The cache's lock must be held.
func (c *Cache[K, V]) store(key K, value V, cost int) (gone []entry[K, V]) {
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
	c.kept.add(entry[K, V]{key, value, cost, now})
	return gone
}
