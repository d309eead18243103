package memo

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Cache keeps the values of a function under its arguments and forgets first
// what was least recently asked for. Concurrent misses of a key make one call.
// It is Python's functools.lru_cache with what its users add by hand: a time to
// live, a bound by cost, one call for all who wait, contexts.
//
// Caches are made by [NewCache], can be used by several goroutines and must not
// be copied. They start no goroutine that outlives the Get it works for, so
// there is nothing to close: values whose time is over are removed when the next
// value is stored. Waiting is durable in the sense of [testing/synctest], and
// time is that of the bubble.
//
// One lock guards the cache; it is not held while a function of the user runs.
// Where scans that touch every key once would flush what is hot, a cache with an
// admission policy (such as github.com/maypok86/otter) keeps more of it.
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
	flights map[K]*flight[V]
	stats   Stats
}

// NewCache returns an empty cache of the values of load. It panics when load is
// nil, for a Size below -1, a negative TTL and more than one Options.
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
		flights: make(map[K]*flight[V]),
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

// Get returns the value kept under key or, when there is none, what load returns
// for it. Values are kept, errors are not: the next Get tries again.
//
// A Get that finds a call of load for its key under way waits for it and returns
// what it returns. The call has a context of its own, with the values of the
// context of the Get that began it, and runs until the last of those who wait
// has left: a Get whose ctx ends returns context.Cause(ctx) at once, except the
// last, which cancels the call with that cause and returns when the call has
// ended, as if it had called load itself. It still returns the value of a call
// that succeeds then, but the cache does not keep it. A ctx that is done on
// entry loads and returns nothing, even if the value is there.
//
// A panic of load is raised in all who wait for it, as a *[par.PanicError] with the
// stack it happened on; [runtime.Goexit] ends all their goroutines. A load that
// gets its own key waits for itself until its context ends.
//
// A key that is not equal to itself, such as NaN, cannot be found again: every
// Get of it is a plain call of load. A key that cannot be compared, such as a
// slice in an interface, panics as it does in a map.
//
// A hit costs some tens of nanoseconds and no allocation, and a look at the
// clock when the cache has a TTL. To share calls without keeping values, use
// golang.org/x/sync/singleflight.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	if ctx.Err() != nil {
		var zero V
		return zero, context.Cause(ctx)
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
	c.stats.Misses++
	f, shared := c.flights[key]
	if shared {
		f.await()
	} else {
		f = &flight[V]{aloft: true}
		c.flights[key] = f
		c.stats.Loads++
	}
	f.waiters++
	c.mu.Unlock()
	switch {
	case shared:
		return c.wait(ctx, key, f)
	case ctx.Done() == nil:
		c.run(ctx, key, f)
		return f.outcome()
	default:
		c.launch(ctx, key, f)
		return c.wait(ctx, key, f)
	}
}

// Forget removes what is kept under key. The value of a call that is under way
// is given to those who wait for it but not kept, and a Get that comes later
// does not wait for it. Forget does not block.
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

// Purge forgets every key, the least recently used first, and gives back the
// memory that they took. It does not block; it takes time in proportion to the
// entries when there is a function to tell of them.
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
	for i := old.byUse.last(); i != 0; i = old.byUse[i].prev {
		tell(old.entries[i].key, old.entries[i].value)
	}
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
