package memo

import "fmt"

// Stats counts the events of a [Cache] since [NewCache], and its entries. It is
// Python's cache_info.
type Stats struct {
	// Hits counts the calls of Get that found a value, Misses those that did not.
	// A call whose context has ended on entry counts as neither.
	Hits   uint64 `json:"hits"`
	Misses uint64 `json:"misses"` // see Hits

	// Loads counts the calls of the load function. Misses - Loads calls of Get
	// shared one that was under way. Failures counts the loads that ended in an
	// error, a panic or a Goexit.
	Loads    uint64 `json:"loads"`
	Failures uint64 `json:"failures"` // see Loads

	// Evictions counts the entries that the Cache removed to make room or because
	// they had expired.
	Evictions uint64 `json:"evictions"`

	// Entries is the number of entries, Cost their total cost. Without a cost
	// function both are the same. Both include expired entries until the next
	// value is stored.
	Entries int `json:"entries"`
	Cost    int `json:"cost"` // see Entries
}

// String returns the statistics with their names.
func (s Stats) String() string {
	type fields Stats
	return fmt.Sprintf("%+v", fields(s))
}

// Stats returns the statistics of this moment. It does not block. Its numbers
// are consistent with each other.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Entries, s.Cost = c.kept.len(), c.kept.cost
	return s
}
