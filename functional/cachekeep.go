package functional

import "fmt"

// Cost makes [CacheOptions].Size a bound of what the entries cost together,
// instead of their number. The unit is up to f: bytes, usually. It is called
// once for each value, by the goroutine that loaded it. A cost of 0 counts as 1,
// so that the number of entries is bounded too, and a value that costs more than
// Size is returned but not kept.
//
// Like the Split of a bufio.Scanner, Cost is called before the cache is used: it
// panics after the first Get, when the cache was made without a Size and when f
// is nil. A panic of f is one of load, and so is a negative cost.
func (c *Cache[K, V]) Cost(f func(K, V) int) {
	c.set("Cost", f == nil, func() { c.cost = f })
}

// OnEvict has f called with every entry that leaves the cache: to make room,
// when its time is over, by Forget and by Purge. Values that were never kept are
// not reported, and a value that leaves may still be in use by those who got it.
//
// f is called by the goroutine that removed the entry, possibly by several at
// the same time, before the Get, Forget or Purge it works for returns. It may
// use the cache. Where that is a Get, a panic of f is one of load; elsewhere it
// is raised in the caller. OnEvict itself panics after the first Get and when f
// is nil.
func (c *Cache[K, V]) OnEvict(f func(K, V)) {
	c.set("OnEvict", f == nil, func() { c.evicted = f })
}
