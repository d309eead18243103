package concurrent

import "math"

// QueueStats says what a queue holds and has seen. Put is the sum of Got, Dropped
// and Len.
type QueueStats struct {
	Len        int    `json:"len"`        // Items in the queue.
	MaxSize    int    `json:"max_size"`   // Items there may be, -1 for no bound.
	Put        uint64 `json:"put"`        // Items ever put.
	Got        uint64 `json:"got"`        // Items ever taken.
	Dropped    uint64 `json:"dropped"`    // Items dropped by Shutdown.
	Unfinished uint64 `json:"unfinished"` // Items that Join waits for.
	Putters    int    `json:"putters"`    // Goroutines that wait for room.
	Getters    int    `json:"getters"`    // Goroutines that wait for an item.
	Shutdown   bool   `json:"shutdown"`   // Whether the queue was shut down.
}

// Stats returns what the queue holds and has done. It can be published:
//
//	expvar.Publish("jobs", expvar.Func(func() any { return jobs.Stats() }))
func (q *Queue[T]) Stats() QueueStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.items().Counts()
	return QueueStats{
		Len:        c.Len,
		MaxSize:    maxSizeOf(c.Limit),
		Put:        c.Put,
		Got:        c.Got,
		Dropped:    c.Dropped,
		Unfinished: q.unfinished(),
		Putters:    q.putters.waiters.Len(),
		Getters:    q.getters.waiters.Len(),
		Shutdown:   c.Shutdown,
	}
}

// Len returns how many items are in the queue, which may not be so any more when
// it returns.
func (q *Queue[T]) Len() int { return q.items().Len() }

// MaxSize returns how many items the queue holds at most, -1 if there is no bound.
func (q *Queue[T]) MaxSize() int { return maxSizeOf(q.items().Counts().Limit) }

// SetMaxSize changes how many items the queue holds at most, -1 for no bound; any
// other size below 1 panics. When it grows, those who wait for room go on. When it
// shrinks below the number of items in the queue these stay, and putting waits
// until there are fewer.
func (q *Queue[T]) SetMaxSize(maxsize int) {
	q.items().SetLimit(limitOf("SetMaxSize", maxsize))
	q.changed(&q.putters)
}

// maxSizeOf is the reverse of limitOf.
func maxSizeOf(limit int) int {
	if limit == math.MaxInt {
		return -1
	}
	return limit
}
