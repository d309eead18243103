package memo

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Cache keeps the values of a function by its arguments, and evicts the least
// recently used first. Concurrent misses of a key make one call. It is Python's
// functools.lru_cache with a time to live, a bound by cost, one call for
// concurrent misses, and contexts.
//
// [NewCache] makes a Cache. Several goroutines can use it. It must not be
// copied. It starts no goroutine that outlives the Get that started it, so
// there is nothing to close. A Cache removes expired values when it stores the
// next value. Waiting is durable in the sense of [testing/synctest], and time
// is that of the bubble.
//
// One lock guards the Cache. The Cache does not hold it while it calls a
// function of the caller. Where scans that read every key once would evict hot
// keys, a cache with an admission policy (such as github.com/maypok86/otter)
// keeps more of them.
type Cache[K comparable, V any] struct {
	load    func(context.Context, K) (V, error)
	options Options
	bound   int           // MaxInt when there is none
	ttl     time.Duration // noTTL when there is none
	born    time.Time     // where the time of entries starts

	mu      sync.Mutex
	cost    func(K, V) int
	evicted func(K, V)
	kept    lru[K, V]
	flights map[K]*flight[K, V]
	stats   Stats
}

// NewCache returns an empty Cache of the values of load. It panics when load is
// nil, for a Size below -1, for a negative TTL and for more than one Options.
func NewCache[K comparable, V any](load func(context.Context, K) (V, error), options ...Options) *Cache[K, V] {
	return newCache("NewCache", load, options)
}

// newCache makes the cache of the function op.
func newCache[K comparable, V any](op string, load func(context.Context, K) (V, error), options []Options) *Cache[K, V] {
	if load == nil {
		panic(fmt.Sprintf("memo: %s of a nil function", op))
	}
	o := checked(op, options)
	c := &Cache[K, V]{
		load:    load,
		options: o,
		bound:   o.Size,
		ttl:     o.TTL,
		born:    time.Now(),
		kept:    newLRU[K, V](),
		flights: make(map[K]*flight[K, V]),
	}
	switch o.Size {
	case 0:
		c.bound = defaultSize
	case -1:
		c.bound = math.MaxInt
	}
	if o.TTL == 0 {
		c.ttl = noTTL
	}
	return c
}

// Get returns the value kept for key. When there is none, it returns what load
// returns for key. The Cache keeps values, not errors: after an error the next
// Get calls load again.
//
// A Get that finds a call of load for its key under way waits for it and
// returns its result. That call has its own context, with the values of the
// context of the Get that began it. It runs until the last Get that waits for
// it has left. A Get whose ctx ends returns context.Cause(ctx) at once. The
// last one instead cancels the call with that cause and returns when the call
// has ended, as if it had called load itself. When load still succeeds, that
// Get returns the value, and the Cache does not keep it. A Get whose ctx has
// ended on entry returns the cause, even if the Cache has the value.
//
// A panic of load is raised in every Get that waits for it, as a *[PanicError]
// with the stack of the panic. [runtime.Goexit] in load ends the goroutines of
// all of them.
//
// A load that asks for its own key, directly or through the loads of other keys or
// caches, would wait for itself. The Get that would close the circle returns a
// [*CycleError] with the keys at once. A Get belongs to a load when its ctx is that of
// the load or derived from it, in any goroutine: with another ctx it waits until that
// ends.
//
// A key that is not equal to itself, such as NaN, cannot be found again: each
// Get of it calls load. A key that cannot be compared, such as a slice in an
// interface, panics as it does in a map.
//
// A hit costs tens of nanoseconds and no allocation. With a TTL it also reads
// the clock. To share calls without keeping values, use
// golang.org/x/sync/singleflight.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	if ctx.Err() != nil {
		var zero V
		return zero, context.Cause(ctx)
	}
	if c.load == nil {
		panic("memo: Cache not made by NewCache")
	}
	if key != key { // a panic of this comparison finds the lock open
		return c.load(ctx, key)
	}
	now := c.now()
	c.mu.Lock()
	if i := c.kept.index[key]; i != 0 && !c.expired(i, now) {
		c.kept.use(i)
		c.stats.Hits++
		value := c.kept.entries[i].value
		c.mu.Unlock()
		return value, nil
	}
	c.mu.Unlock()
	return c.miss(ctx, key)
}

// miss is a Get that has found no value. It asks ctx first, whose methods may panic,
// and then counts the caller in.
func (c *Cache[K, V]) miss(ctx context.Context, key K) (V, error) {
	done, caller := ctx.Done(), loadOf(ctx)
	c.mu.Lock()
	if i := c.kept.index[key]; i != 0 && !c.expired(i, c.now()) { // it came meanwhile
		defer c.mu.Unlock()
		c.kept.use(i)
		c.stats.Hits++
		return c.kept.entries[i].value, nil
	}
	c.stats.Misses++
	f, shared := c.flights[key]
	if !shared {
		f = &flight[K, V]{aloft: true, key: key}
		f.load.flight = f
	}
	if err := caller.await(&f.load); err != nil {
		defer c.mu.Unlock()
		var zero V
		return zero, err
	}
	defer caller.awaited(&f.load)
	if shared {
		f.await()
	} else {
		c.flights[key] = f
		c.stats.Loads++
	}
	f.waiters++
	c.mu.Unlock()
	switch {
	case shared:
		return c.wait(ctx, done, key, f)
	case done == nil:
		c.run(ctx, key, f)
		return f.outcome()
	default:
		c.launch(ctx, key, f)
		return c.wait(ctx, done, key, f)
	}
}

// Forget removes the value kept for key. When a call of load for key is under
// way, the Gets that wait for it receive its value, the Cache does not keep it,
// and a later Get does not wait for it. Forget does not block.
func (c *Cache[K, V]) Forget(key K) {
	if key != key {
		return
	}
	c.mu.Lock()
	if f, underWay := c.flights[key]; underWay {
		c.ground(key, f)
	}
	i, tell := c.kept.index[key], c.evicted
	var e entry[K, V]
	if i != 0 {
		e = c.kept.remove(i)
	}
	c.mu.Unlock()
	if i != 0 && tell != nil {
		tell(e.key, e.value)
	}
}

// Purge removes all values, the least recently used first, and releases their
// memory. It does not block. With a function of [Cache.OnEvict] it takes time
// in proportion to the number of entries.
func (c *Cache[K, V]) Purge() {
	c.mu.Lock()
	for key, f := range c.flights {
		c.ground(key, f)
	}
	old, tell := c.kept, c.evicted
	c.kept = newLRU[K, V]()
	c.mu.Unlock()
	if tell == nil {
		return
	}
	gone := make([]entry[K, V], 0, old.len())
	for i := old.byUse.last(); i != 0; i = old.byUse[i].prev {
		gone = append(gone, old.entries[i])
	}
	c.tell(gone)
}

// expired reports whether the time of entry i is over.
func (c *Cache[K, V]) expired(i int32, now time.Duration) bool {
	return now-c.kept.entries[i].since >= c.ttl
}

// now returns the time by which entries age, which stands still when they do
// not.
func (c *Cache[K, V]) now() time.Duration {
	if c.ttl == noTTL {
		return 0
	}
	return time.Since(c.born)
}
