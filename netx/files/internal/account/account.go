// Package account keeps the books of a server's limits: what is stored, and what is promised
// to uploads that have not ended. Uploads at the same time cannot pass a limit together.
package account

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrFull is the error of a promise beyond a limit.
var ErrFull = errors.New("files: the server's quota is used up")

// A Count is what a storage has.
type Count struct {
	Bytes, Files int64
	Held         map[string]int64 // bytes that uploads will have, by ID
}

// Books are the books of a storage. New makes them.
type Books struct {
	total, files int64 // limits, -1 for none
	count        func(context.Context) (Count, error)

	// moving is held for reading while the storage and the books change together, and for
	// writing while the storage is counted.
	moving sync.RWMutex

	mu      sync.Mutex
	used    Count // Held has all promises
	held    int64 // their sum
	live    map[string]bool
	counted time.Time
}

// New returns books with limits, which count the storage when they are first asked.
func New(total, files int64, count func(context.Context) (Count, error)) *Books {
	return &Books{total: total, files: files, count: count, live: map[string]bool{}, used: Count{Held: map[string]int64{}}}
}

// Limited reports whether there is a limit at all.
func (b *Books) Limited() bool { return b.total >= 0 || b.files >= 0 }

// Hold promises upload id that it may have n bytes in all, and be a file if it is a new
// one. It may be called again with more; with less it changes nothing. When a limit stands
// against it the storage is counted again, unless that was done a second ago: a file may
// have been removed in another way.
func (b *Books) Hold(ctx context.Context, id string, n int64, isNew bool) error {
	if !b.Limited() {
		return nil
	}
	if err := b.Recount(ctx, time.Hour); err != nil {
		return err
	}
	if b.hold(id, n, isNew) {
		return nil
	}
	if err := b.Recount(ctx, time.Second); err != nil {
		return err
	}
	if b.hold(id, n, isNew) {
		return nil
	}
	return ErrFull
}

func (b *Books) hold(id string, n int64, isNew bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, has := b.used.Held[id]
	if has && n <= old {
		b.live[id] = true
		return true
	}
	if b.total >= 0 && n-old > b.total-b.used.Bytes-b.held {
		return false
	}
	if !has && isNew && b.files >= 0 && b.used.Files+int64(len(b.used.Held)) >= b.files {
		return false
	}
	b.used.Held[id] = n
	b.held += n - old
	b.live[id] = true
	return true
}

// Room returns how many bytes can be promised now, -1 for no limit.
func (b *Books) Room(ctx context.Context) (int64, error) {
	if b.total < 0 {
		return -1, nil
	}
	if err := b.Recount(ctx, time.Hour); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.total-b.used.Bytes-b.held, 0), nil
}

// Drop takes back the promise to an upload.
func (b *Books) Drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(id)
}

func (b *Books) drop(id string) {
	b.held -= b.used.Held[id]
	delete(b.used.Held, id)
	delete(b.live, id)
}

// A Change is what a function has done to the storage.
type Change struct {
	Bytes, Files int64
	Drop         string // an upload that is none any more
}

// Move calls f, which changes the storage, and writes down what it did.
func (b *Books) Move(f func() (Change, error)) error {
	b.moving.RLock()
	defer b.moving.RUnlock()
	c, err := f()
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.Drop != "" {
		b.drop(c.Drop)
	}
	b.used.Bytes += c.Bytes
	b.used.Files += c.Files
	return err
}

// Recount counts the storage if the last time was more than age ago.
func (b *Books) Recount(ctx context.Context, age time.Duration) error {
	if !b.Limited() || b.young(age) {
		return nil
	}
	b.moving.Lock()
	defer b.moving.Unlock()
	if b.young(age) {
		return nil
	}
	c, err := b.count(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used.Bytes, b.used.Files, b.counted = c.Bytes, c.Files, time.Now()
	for id := range b.used.Held { // of requests that run now the books know more
		if _, there := c.Held[id]; !there && !b.live[id] {
			b.drop(id)
		}
	}
	for id, n := range c.Held {
		if _, has := b.used.Held[id]; !has {
			b.used.Held[id] = n
			b.held += n
		}
	}
	return nil
}

func (b *Books) young(age time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.counted.IsZero() && time.Since(b.counted) < age
}
