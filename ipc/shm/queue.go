package shm

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

var (
	// ErrFull is the error of a call that must not wait for room. It is the one of
	// package concurrent.
	ErrFull = concurrent.ErrFull

	// ErrEmpty is the error of a call that must not wait for an item. It is the one of
	// package concurrent.
	ErrEmpty = concurrent.ErrEmpty
)

// A Queue passes items between goroutines of all processes, the oldest first. It always
// has a bound. Its zero value cannot be used: see [NewQueue]. All methods are safe for
// concurrent use. ("multiprocessing.Queue", "JoinableQueue")
//
// The items of one goroutine come out in the order in which they were put, and those of
// several in the order in which their calls took effect. Any goroutine may shut the
// queue down at any time: see [Queue.Shutdown].
//
// An item of a process that is killed while it puts it is in the queue or is not. Items
// that a killed process had taken, and had not reported by [Queue.TaskDone], are lost:
// [Queue.Join] counts them. An item that was taken by [Queue.Lease] is not lost but goes
// back into the queue.
type Queue[T any] struct {
	memory *Memory
	offset uint64
	q      *robust.Queue
	codec  *wire.Codec[T]
	slots  int
	bytes  int // that an item may have

	mu    sync.Mutex
	ready chan struct{} // of Ready, nil if nobody waits for it
}

// QueueOptions are the choices of a [Queue]. The zero value of each field is its default.
type QueueOptions struct {
	// Name is that of [ObjectOptions].
	Name string

	// MaxItem is how many bytes an encoded item may have. The memory has a place of this
	// size for each item. 0 means 64 KiB, or the size of a T without pointers.
	MaxItem int
}

const (
	defaultMaxItem = 64 << 10
	mostMaxItem    = 1 << 30
)

// NewQueue makes a queue in m for at most maxsize items. It does not block. What a T may
// be is what a function of package ipc may take, without open files and objects of a
// memory.
//
// The error matches [ErrMemoryFull] if m has no room for all items, and [ErrClosed] if m
// was closed. NewQueue panics if maxsize is not between 1 and 1<<31 - 1, if MaxItem is
// negative or above 1 GiB, and if a T cannot travel.
func NewQueue[T any](m *Memory, maxsize int, options ...QueueOptions) (*Queue[T], error) {
	o := optional.One("shm", "NewQueue", options)
	codec, err := wire.Of[T]()
	if err != nil {
		panic(fmt.Sprintf("shm: NewQueue: %v", err))
	}
	if o.MaxItem == 0 {
		o.MaxItem = defaultMaxItem
		if t := reflect.TypeFor[T](); fixed(t) {
			o.MaxItem = int(max(t.Size(), 1))
		}
	}
	switch {
	case maxsize < 1 || maxsize > robust.MaxItems:
		panic(fmt.Sprintf("shm: NewQueue: maxsize is %d, want 1 to %d", maxsize, robust.MaxItems))
	case o.MaxItem < 0 || o.MaxItem > mostMaxItem:
		panic(fmt.Sprintf("shm: NewQueue: MaxItem is %d, want 0 (64 KiB) to %d", o.MaxItem, mostMaxItem))
	case int64(maxsize)*int64(o.MaxItem) > mostMax:
		return nil, fmt.Errorf("shm: NewQueue: %w: %d items of %d bytes", ErrMemoryFull, maxsize, o.MaxItem)
	}
	q := &Queue[T]{slots: maxsize, bytes: o.MaxItem}
	return made(m, spec{
		caller: "NewQueue", name: named("NewQueue", []ObjectOptions{{Name: o.Name}}),
		kind: kindQueue, shape: codec.Hash(), size: robust.QueueSize(m.segment(), maxsize, o.MaxItem),
		fill: func(words unsafe.Pointer) { robust.QueueAt(m.m, words, maxsize, o.MaxItem).Init() },
	}, q)
}

func (q *Queue[T]) place() (*Memory, uint64) { return q.memory, q.offset }

func (q *Queue[T]) open(m *Memory, offset uint64) (any, error) {
	codec, err := wire.Of[T]()
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", q, err)
	}
	size, err := m.m.Size(offset, 0)
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", q, err)
	}
	return found(m, offset, kindQueue, codec.Hash(), size, q)
}

func (q *Queue[T]) prepare(m *Memory, words unsafe.Pointer, size int) (err error) {
	q.slots, q.bytes = robust.QueueShape(words)
	if q.slots < 1 || q.slots > robust.MaxItems || size != robust.QueueSize(m.segment(), q.slots, q.bytes) {
		return fmt.Errorf("%w: a queue of %d items of %d bytes has %d bytes", ErrLayout, q.slots, q.bytes, size)
	}
	q.codec, err = wire.Of[T]()
	return err
}

func (q *Queue[T]) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	q.memory, q.offset, q.q = m, offset, robust.QueueAt(m.m, words, q.slots, q.bytes)
}

// Len returns the number of items in the queue. It may have changed when Len returns. It
// panics after Close.
func (q *Queue[T]) Len() int {
	q.memory.use("Queue.Len")
	return q.q.Len()
}

// MaxSize returns the largest number of items that the queue may hold. It panics after
// Close.
func (q *Queue[T]) MaxSize() int {
	q.memory.use("Queue.MaxSize")
	return q.q.Bound()
}

// SetMaxSize changes the largest number of items that the queue may hold. It does not
// block. It panics after Close, and if maxsize is not between 1 and the number that the
// queue was made for.
//
// When the bound grows, goroutines that wait for room continue. When it becomes less than
// the number of items, these stay, and putting blocks until there are fewer.
func (q *Queue[T]) SetMaxSize(maxsize int) {
	q.memory.use("Queue.SetMaxSize")
	if maxsize < 1 || maxsize > q.slots {
		panic(fmt.Sprintf("shm: Queue.SetMaxSize(%d): want 1 to %d, which the queue was made for", maxsize, q.slots))
	}
	q.q.Resize(maxsize)
}

// QueueStats are the statistics of a [Queue]: counts since it was made, by all processes,
// and its current state. Put is the sum of Got, Dropped and Len.
type QueueStats struct {
	concurrent.QueueStats
	Lost uint64 `json:"lost"` // items that went with processes that had them
}

// Stats returns the statistics, as of one moment. Of the goroutines that wait it counts
// those of this process. It panics after Close.
func (q *Queue[T]) Stats() QueueStats {
	q.memory.use("Queue.Stats")
	s := q.q.Stats()
	return QueueStats{
		QueueStats: concurrent.QueueStats{
			Len: s.Len, MaxSize: s.Bound, Put: s.Put, Got: s.Got, Dropped: s.Dropped,
			Unfinished: s.Unfinished, Putters: s.PuttersWaiting, Getters: s.GettersWaiting, Shutdown: s.Shut,
		},
		Lost: s.Lost,
	}
}

// String returns the statistics with their names.
func (s QueueStats) String() string { return fmt.Sprintf("%v, lost %d", s.QueueStats, s.Lost) }

func init() { mem.Register(kindQueue, robust.ForgetQueue) }
