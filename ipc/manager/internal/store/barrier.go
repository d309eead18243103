package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// A barrier breaks when a party that waits is canceled, or its client dies.
type barrier struct {
	parties int
	broken  bool
	waiters line
}

func newBarrier(r *request) thing {
	n := r.Int()
	r.Bad = r.Bad || n < 1
	return &barrier{parties: n}
}

func (b *barrier) kind() msg.Kind       { return msg.Barrier }
func (b *barrier) drop(*Store, *Client) {}

func (b *barrier) do(_ *Store, r *request) {
	switch r.op {
	case msg.State:
		r.ok(append(msg.Int(msg.Int(nil, b.parties), len(b.waiters)), flag(b.broken)...))
	case msg.Flag:
		abort := r.Int() == 1
		b.broken = b.broken || abort
		b.end(msg.Broken)
		b.broken = abort
		r.number(1)
	case msg.Wait:
		switch {
		case b.broken:
			r.fail(msg.Broken, "")
		case len(b.waiters)+1 == b.parties:
			r.number(len(b.waiters))
			b.end(msg.OK)
		default:
			b.waiters.join(r, func() {
				b.broken = true
				b.end(msg.Broken)
			})
		}
	default:
		r.unknown()
	}
}

// end answers all that wait.
func (b *barrier) end(code msg.Code) {
	list := b.waiters
	b.waiters = nil
	for i, w := range list {
		w.end(code, msg.Int(nil, i))
	}
}
