package memo

// Stats is what has happened in a [Cache] since it was made, and what is in
// it. It is Python's cache_info.
type Stats struct {
	// Hits and Misses count the calls of Get that found a value and those that
	// did not. A call whose context had ended on entry is neither.
	Hits   uint64 `json:"hits"`
	Misses uint64 `json:"misses"` // see Hits

	// Loads counts the calls of the load function; Misses - Loads calls of Get
	// have shared one that was under way. Failures counts the loads that ended
	// in an error, a panic or a Goexit.
	Loads    uint64 `json:"loads"`
	Failures uint64 `json:"failures"` // see Loads

	// Evictions counts the entries that the cache removed of its own: to make
	// room or because their time was over.
	Evictions uint64 `json:"evictions"`

	// Entries is how many entries there are, and Cost what they cost together;
	// without a cost function they are the same. Entries whose time is over are
	// included until the next value is stored.
	Entries int `json:"entries"`
	Cost    int `json:"cost"` // see Entries
}

// Stats returns the statistics of this moment. It does not block and its numbers
// fit each other.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Entries, s.Cost = c.kept.len(), c.kept.cost
	return s
}
