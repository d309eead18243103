package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// A watch collects the changes of a dict for one client, which fetches them. One whose
// client is too slow loses the changes that it has, and its client is told.
type watch struct {
	d       *dict
	c       *Client
	id      uint64
	changes []change
	size    int
	missed  bool
	waiting *waiter
}

type change struct {
	key, value string
	deleted    bool
}

const (
	maxChanges     = 4096
	maxChangeBytes = 16 << 20
	maxWatches     = 1024 // of one client
)

// watch begins a watch.
func (d *dict) watch(r *request) {
	if len(r.c.watches) >= maxWatches {
		r.fail(msg.Busy, "the client has too many watches")
		return
	}
	r.c.last++
	w := &watch{d: d, c: r.c, id: r.c.last}
	r.c.watches[w.id] = w
	if d.watches == nil {
		d.watches = map[*watch]struct{}{}
	}
	d.watches[w] = struct{}{}
	r.ok(msg.Uint(nil, w.id))
}

func (w *watch) close() {
	delete(w.d.watches, w)
	delete(w.c.watches, w.id)
}

// changed tells all watches of a change.
func (d *dict) changed(s *Store, key string, value []byte, deleted bool) {
	for w := range d.watches {
		if len(w.changes) >= maxChanges || w.size+len(key)+len(value) > maxChangeBytes {
			w.changes, w.size, w.missed = nil, 0, true
		}
		w.size += len(key) + len(value)
		w.changes = append(w.changes, change{key, string(value), deleted})
		if w.waiting != nil {
			w.waiting.end(msg.OK, w.take())
			w.waiting = nil
		}
	}
}

// take returns what there is to tell.
func (w *watch) take() []byte {
	answer := flag(w.missed)
	answer = msg.Uint(answer, uint64(len(w.changes)))
	for _, c := range w.changes {
		answer = append(answer, flag(c.deleted)...)
		answer = msg.Bytes(msg.Bytes(answer, c.key), c.value)
	}
	w.changes, w.size, w.missed = nil, 0, false
	return answer
}

// ofWatch carries out Next and Unwatch.
func (r *request) ofWatch(id uint64) {
	w := r.c.watches[id]
	switch {
	case w == nil:
		r.fail(msg.NoObject, "the watch is over")
	case r.op == msg.Unwatch:
		w.close()
	case w.waiting != nil:
		r.fail(msg.Misuse, "two calls wait for one watch")
	case len(w.changes) > 0 || w.missed:
		r.ok(w.take())
	default:
		w.waiting = r.wait(func() { w.waiting = nil })
	}
}
