package store

import "github.com/fanfold/fanfold/ipc/manager/internal/msg"

// A lock is a Lock or an RLock. It is held by a client, and within that, if it is an RLock,
// by an owner that the client has numbered. After the death of a holder each acquisition
// says so until a client says that what the lock guards is in order again.
type lock struct {
	is      msg.Kind
	holder  *Client
	owner   uint64
	depth   uint64
	waiters line
	dead    bool // a holder has died
	pid     int  // which
}

func (l *lock) kind() msg.Kind { return l.is }

func (l *lock) do(s *Store, r *request) {
	switch r.op {
	case msg.Acquire, msg.Try, msg.Free:
		owner := r.Uint()
		if r.Bad {
			return
		}
		switch r.op {
		case msg.Acquire:
			l.acquire(s, r, owner)
		case msg.Try:
			l.try(r, owner)
		default:
			l.free(s, r, owner)
		}
	case msg.State:
		pid := 0
		if l.holder != nil {
			pid = l.holder.Pid
		}
		r.ok(msg.Int(flag(l.holder != nil), pid))
	case msg.Consistent:
		if l.holder != r.c {
			r.fail(msg.Misuse, "the lock is not held by this client")
			return
		}
		l.dead = false
		r.number(1)
	default:
		r.unknown()
	}
}

func (l *lock) holds(c *Client, owner uint64) bool {
	return l.holder == c && (l.is == msg.Lock || l.owner == owner)
}

func (l *lock) acquire(s *Store, r *request, owner uint64) {
	switch {
	case l.is == msg.RLock && l.holds(r.c, owner):
		l.depth++
		r.number(1)
	case l.holder == nil:
		l.give(s, r.c, r.call, owner, 1, msg.OK)
	default:
		if w := l.waiters.join(r, nil); w != nil {
			w.owner, w.n = owner, 1
		}
	}
}

func (l *lock) try(r *request, owner uint64) {
	switch {
	case l.is == msg.RLock && l.holds(r.c, owner):
		l.depth++
		r.number(1)
	case l.holder != nil || l.dead:
		r.number(0)
	default:
		l.holder, l.owner, l.depth = r.c, owner, 1
		r.number(1)
	}
}

// give gives the lock to a client, and answers its call: by code, unless the holder before
// has died and code is OK.
func (l *lock) give(s *Store, c *Client, call, owner, depth uint64, code msg.Code) {
	l.holder, l.owner, l.depth = c, owner, depth
	if l.dead && code == msg.OK {
		code = msg.OwnerDied
	}
	s.answer(c, call, code, msg.Int(nil, l.pid))
}

func (l *lock) free(s *Store, r *request, owner uint64) {
	if !l.holds(r.c, owner) {
		r.fail(msg.Misuse, "the lock is not held by the caller")
		return
	}
	r.number(1)
	if l.depth--; l.depth == 0 {
		l.next(s)
	}
}

// next gives the lock to the oldest that waits.
func (l *lock) next(s *Store) {
	l.holder = nil
	if w := l.waiters.pop(); w != nil {
		delete(w.c.waits, w.call)
		code := msg.OK
		if w.canceled {
			code = msg.Canceled
		}
		l.give(s, w.c, w.call, w.owner, uint64(w.n), code)
	}
}

func (l *lock) drop(s *Store, c *Client) {
	if l.holder == c {
		l.dead, l.pid = true, c.Pid
		l.next(s)
	}
}
