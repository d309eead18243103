package store

import (
	"slices"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A queue passes items, the oldest first.
type queue struct {
	items      []string
	maxsize    int // −1: none
	unfinished int
	shut       bool
	getters    line
	putters    line
	joiners    line
}

func newQueue(r *request) thing {
	n := r.Int()
	r.Bad = r.Bad || n < -1 || n == 0
	return &queue{maxsize: n}
}

func (q *queue) kind() msg.Kind       { return msg.Queue }
func (q *queue) drop(*Store, *Client) {}
func (q *queue) full() bool           { return q.maxsize >= 0 && len(q.items) >= q.maxsize }

func (q *queue) do(_ *Store, r *request) {
	switch r.op {
	case msg.Put, msg.TryPut:
		q.put(r, r.String())
	case msg.Take, msg.TryTake:
		q.take(r, r.Int())
	case msg.Insert: // what a canceled call has got goes back
		var back []string
		for range r.Count() {
			back = append(back, r.String())
		}
		if !r.Bad {
			q.items = slices.Insert(q.items, 0, back...)
			r.number(1)
		}
	case msg.Done:
		n := r.Int()
		if n < 0 || n > q.unfinished {
			r.fail(msg.Misuse, "TaskDone was called more often than Put")
			return
		}
		q.unfinished -= n
		r.number(1)
	case msg.Join:
		if q.unfinished == 0 {
			r.ok(nil)
			return
		}
		q.joiners.join(r, nil)
	case msg.Shutdown:
		q.shut = true
		if r.Int() == 1 {
			q.unfinished -= len(q.items)
			q.items = nil
		}
		r.number(1)
	case msg.Len:
		r.number(len(q.items))
	case msg.State:
		r.ok(msg.Int(msg.Int(msg.Int(nil, q.maxsize), q.unfinished), len(q.items)))
	case msg.Resize:
		n := r.Int()
		if n < -1 || n == 0 {
			r.fail(msg.Misuse, "a size of 0 or less")
			return
		}
		q.maxsize = n
		r.number(1)
	default:
		r.unknown()
	}
	q.serve()
}

func (q *queue) put(r *request, item string) {
	switch {
	case r.Bad:
	case q.shut:
		r.fail(msg.Closed, "")
	case !q.full() && len(q.putters) == 0:
		q.add(item)
		r.number(1)
	case r.op == msg.TryPut:
		r.fail(msg.Full, "")
	default:
		if w := q.putters.join(r, q.serve); w != nil {
			w.item = item
		}
	}
}

func (q *queue) add(item string) {
	q.items = append(q.items, item)
	q.unfinished++
}

func (q *queue) take(r *request, n int) {
	switch {
	case n < 1:
		r.Bad = true
	case len(q.items) > 0 && len(q.getters) == 0:
		r.ok(q.pop(n))
	case q.shut:
		r.fail(msg.Closed, "")
	case r.op == msg.TryTake:
		r.fail(msg.Empty, "")
	default:
		if w := q.getters.join(r, q.serve); w != nil {
			w.n = n
		}
	}
}

// pop takes up to n items out.
func (q *queue) pop(n int) []byte {
	n = min(n, len(q.items))
	size := 0
	for i, item := range q.items[:n] {
		if size += len(item) + 10; i > 0 && size > msg.MaxMessage/2 {
			n = i
			break
		}
	}
	answer := msg.Uint(nil, uint64(n))
	for _, item := range q.items[:n] {
		answer = msg.Bytes(answer, item)
	}
	clear(q.items[:n])
	q.items = q.items[n:]
	return answer
}

// serve lets those go on that can.
func (q *queue) serve() {
	for {
		switch {
		case len(q.getters) > 0 && len(q.items) > 0:
			w := q.getters.pop()
			w.end(msg.OK, q.pop(w.n))
		case len(q.putters) > 0 && !q.shut && !q.full():
			w := q.putters.pop()
			q.add(w.item)
			w.end(msg.OK, msg.Int(nil, 1))
		case len(q.getters) > 0 && q.shut:
			q.getters.pop().end(msg.Closed, nil)
		case len(q.putters) > 0 && q.shut:
			q.putters.pop().end(msg.Closed, nil)
		case len(q.joiners) > 0 && q.unfinished == 0:
			q.joiners.pop().end(msg.OK, nil)
		default:
			return
		}
	}
}
