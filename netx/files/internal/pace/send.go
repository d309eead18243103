package pace

import (
	"sync"
	"time"
)

// Watch looks at how much has been sent, again and again, until stop is called. When less
// was sent in the time of Stall than the limit asks for, it ends writes by set, which sets
// their deadline. It needs no goroutine: sending itself goes on without it, by sendfile.
func Watch(sent func() int64, set func(time.Time) error, limit Limit) (stop func()) {
	if limit.Stall <= 0 {
		return func() {}
	}
	w := &watch{sent: sent, set: set, limit: limit}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = sent()
	w.timer = time.AfterFunc(limit.Stall, w.look)
	return w.stop
}

type watch struct {
	sent  func() int64
	set   func(time.Time) error
	limit Limit

	mu    sync.Mutex
	last  int64
	over  bool
	timer *time.Timer
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	now := w.sent()
	if now-w.last < w.limit.share() {
		w.set(time.Unix(1, 0))
		return
	}
	w.last = now
	w.timer.Reset(w.limit.Stall)
}

func (w *watch) stop() {
	w.timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}
