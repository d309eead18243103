package memo

import (
	"fmt"

	"github.com/fanfold/fanfold/internal/panics"
)

// Cost makes [Options].Size bound the total cost of the entries instead of
// their number. The unit is up to f, usually bytes. The goroutine that loaded a
// value calls f once. A cost of 0 counts as 1, so that the number of entries is
// bounded too. Get returns a value that costs more than Size, and the Cache
// does not keep it.
//
// Cost must be called before the Cache is used. It panics after the first Get,
// when Options.Size is 0, and when f is nil. The default of 128 is a number of
// entries and no cost: set a Size. A negative cost panics. That panic, and one
// of f, reach the callers of Get like a panic of load.
func (c *Cache[K, V]) Cost(f func(K, V) int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustBeNew("Cost", f == nil)
	if c.options.Size == 0 {
		panic("memo: Cache.Cost without Options.Size")
	}
	c.cost = f
}

// OnEvict makes the Cache call f with every entry that it removes: to make
// room, after its time to live, by Forget and by Purge. It does not call f for
// values that it never kept. Callers of Get may still use a value that is
// removed.
//
// The goroutine that removes the entry calls f before its Get, Forget or Purge
// returns. Several goroutines may call f at the same time. f may use the Cache.
// A panic of f reaches the caller of Forget or Purge. Where a new value needed
// the room, it reaches the callers of Get like a panic of load, although the
// Cache keeps that value. The Cache first reports the other entries that it
// removed together with that one. Of several panics the first is raised.
//
// OnEvict must be called before the Cache is used. It panics after the first
// Get and when f is nil.
func (c *Cache[K, V]) OnEvict(f func(K, V)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mustBeNew("OnEvict", f == nil)
	c.evicted = f
}

// tell calls the function of OnEvict with each of gone, also when it panics for some, and
// raises the first panic then.
func (c *Cache[K, V]) tell(gone []entry[K, V]) {
	var first *panics.Caught
	for i, e := range gone {
		exit := func(*panics.Caught) { c.tell(gone[i+1:]) } // while the goroutine ends
		first = first.Or(panics.Try(func() { c.evicted(e.key, e.value) }, exit))
	}
	first.Raise()
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
