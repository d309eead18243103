package files

import (
	"context"
	"errors"
	"sync"

	"github.com/fanfold/fanfold/netx/files/internal/pace"
)

// errTakenOver ends a request for an upload that a newer request goes on with.
var errTakenOver = errors.New("files: a newer request goes on with the upload")

// active has the requests for resumable uploads that run, by the uploads' IDs. The zero value
// works.
type active struct {
	mu  sync.Mutex
	now map[string]*holder // the newest of each
}

// A holder is a request that has an upload to itself, or waits for it.
type holder struct {
	body  *pace.Body
	done  chan struct{} // closed when it has ended
	older *holder       // the one that it did not wait for to the end; set before done is closed
}

// enter gives an upload to a request alone. An older request is cut, and waited for: its
// connection may be dead, and what it has stored counts. leave gives the upload back.
func (a *active) enter(ctx context.Context, id string, body *pace.Body) (leave func(), err error) {
	h := &holder{body: body, done: make(chan struct{})}
	a.mu.Lock()
	if a.now == nil {
		a.now = map[string]*holder{}
	}
	older := a.now[id]
	a.now[id] = h
	a.mu.Unlock()
	for older != nil {
		older.body.Cut(errTakenOver)
		select {
		case <-older.done:
			older = older.older
		case <-ctx.Done():
			h.older = older // a newer one waits for it
			a.leave(id, h)
			return nil, context.Cause(ctx)
		}
	}
	return func() { a.leave(id, h) }, nil
}

func (a *active) leave(id string, h *holder) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for h.older != nil && h.older.ended() {
		h.older = h.older.older
	}
	if a.now[id] == h {
		if h.older != nil {
			a.now[id] = h.older
		} else {
			delete(a.now, id)
		}
	}
	close(h.done)
}

// ended reports whether a request has ended.
func (h *holder) ended() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// has reports whether a request for an upload runs.
func (a *active) has(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now[id] != nil
}
