package concurrent

import (
	"fmt"
	"math"
)

// QueueStats are the statistics of a [Queue]: counts since it was made, and its
// current state. Put is the sum of Got, Dropped and Len.
type QueueStats struct {
	Len        int    `json:"len"`        // items in the queue
	MaxSize    int    `json:"max_size"`   // largest number of items, or -1 for no bound
	Put        uint64 `json:"put"`        // items that were put
	Got        uint64 `json:"got"`        // items that were taken
	Dropped    uint64 `json:"dropped"`    // items that Shutdown dropped
	Unfinished uint64 `json:"unfinished"` // items that Join waits for
	Putters    int    `json:"putters"`    // goroutines that wait for room
	Getters    int    `json:"getters"`    // goroutines that wait for an item
	Shutdown   bool   `json:"shutdown"`   // whether the queue was shut down
}

// String returns the statistics with their names.
func (s QueueStats) String() string {
	type fields QueueStats
	return fmt.Sprintf("%+v", fields(s))
}

// Stats returns the statistics of the queue. To publish it:
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

// Len returns the number of items in the queue. It may have changed when Len
// returns.
func (q *Queue[T]) Len() int { return q.items().Len() }

// MaxSize returns the largest number of items that the queue may hold, or -1 if
// there is no bound.
func (q *Queue[T]) MaxSize() int { return maxSizeOf(q.items().Counts().Limit) }

// SetMaxSize changes the largest number of items that the queue may hold; -1 means
// no bound. It panics for any other maxsize below 1. It does not block.
//
// When the bound grows, goroutines that wait for room continue. When it becomes
// less than the number of items, these stay, and putting blocks until there are
// fewer.
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
