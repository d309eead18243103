package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

type event struct {
	set     bool
	waiters line
}

func (e *event) kind() msg.Kind       { return msg.Event }
func (e *event) drop(*Store, *Client) {}

func (e *event) do(_ *Store, r *request) {
	switch r.op {
	case msg.Flag:
		e.set = r.Int() == 1
		for e.set && len(e.waiters) > 0 {
			e.waiters.pop().end(msg.OK, nil)
		}
		r.number(1)
	case msg.State:
		r.truth(e.set)
	case msg.Wait:
		if e.set {
			r.ok(nil)
			return
		}
		e.waiters.join(r, nil)
	default:
		r.unknown()
	}
}
