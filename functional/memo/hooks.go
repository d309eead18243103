package memo

import "fmt"

// Cost makes [Options].Size a bound of what the entries cost together,
// instead of their number. The unit is up to f: bytes, usually. It is called
// once for each value, by the goroutine that loaded it. A cost of 0 counts as 1,
// so that the number of entries is bounded too, and a value that costs more than
// Size is returned but not kept.
//
// Like the Split of a bufio.Scanner, Cost is called before the cache is used: it
// panics after the first Get, for a cache without a Size and when f is nil. A
// negative cost panics; that and a panic of f arrive like one of load.
func (c *Cache[K, V]) Cost(f func(K, V) int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustBeNew("Cost", f == nil)
	if c.options.Size == 0 {
		panic("memo: Cache.Cost without Options.Size")
	}
	c.cost = f
}

// OnEvict has f called with every entry that leaves the cache: to make room,
// when its time is over, by Forget and by Purge. Values that were never kept are
// not reported, and a value that leaves may still be in use by those who got it.
//
// f is called by the goroutine that removed the entry, possibly by several at
// the same time, before the Get, Forget or Purge it works for returns. It may
// use the cache. A panic of f arrives in the caller of Forget or Purge or, where
// a new value needed the room, like one of load, although that value is kept.
// Entries that left together with that one are not reported.
//
// OnEvict is called before the cache is used: it panics after the first Get and
// when f is nil.
func (c *Cache[K, V]) OnEvict(f func(K, V)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustBeNew("OnEvict", f == nil)
	c.evicted = f
}

// mustBeNew panics when the method op comes too late or, as missing says, with a
// nil function. The lock must be held.
func (c *Cache[K, V]) mustBeNew(op string, missing bool) {
	if missing {
		panic(fmt.Sprintf("memo: Cache.%s of a nil function", op))
	}
	if c.stats.Misses > 0 {
		panic(fmt.Sprintf("memo: Cache.%s after the first Get", op))
	}
}
