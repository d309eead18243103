package store

import (
	"fmt"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A semaphore has permits. If it is bounded it knows who has them, and they come back when
// a client dies.
type semaphore struct {
	is      msg.Kind
	value   int
	bound   int
	held    map[*Client]int
	waiters line
}

const maxPermits = 1 << 40

func newSemaphore(kind msg.Kind, r *request) thing {
	n := r.Int()
	r.Bad = r.Bad || n < 0 || n > maxPermits
	return &semaphore{is: kind, value: n, bound: n, held: map[*Client]int{}}
}

func (p *semaphore) kind() msg.Kind { return p.is }

func (p *semaphore) do(_ *Store, r *request) {
	switch r.op {
	case msg.State:
		r.ok(msg.Int(msg.Int(nil, p.value), p.bound))
		return
	case msg.Acquire, msg.Try, msg.Free, msg.Resize:
	default:
		r.unknown()
		return
	}
	n := r.Int()
	switch {
	case r.Bad:
	case n < 0 || n > maxPermits:
		r.fail(msg.Misuse, fmt.Sprintf("%d permits", n))
	case r.op == msg.Free:
		p.free(r, n)
	case r.op == msg.Resize:
		p.resize(r, n)
	case p.is == msg.BoundedSemaphore && n > p.bound && r.op == msg.Acquire:
		r.fail(msg.Misuse, fmt.Sprintf("%d permits of %d", n, p.bound))
	case len(p.waiters) == 0 && n <= p.value || n == 0:
		p.take(r.c, n)
		r.number(1)
	case r.op == msg.Try:
		r.number(0)
	default:
		if w := p.waiters.join(r, p.serve); w != nil {
			w.n = n
		}
	}
}

func (p *semaphore) take(c *Client, n int) {
	p.value -= n
	if p.is == msg.BoundedSemaphore && n > 0 {
		p.held[c] += n
	}
}

func (p *semaphore) free(r *request, n int) {
	limit := maxPermits
	if p.is == msg.BoundedSemaphore {
		limit = p.bound
	}
	if p.value+n > limit {
		r.fail(msg.Misuse, fmt.Sprintf("%d permits are released, with %d of %d there", n, p.value, limit))
		return
	}
	p.value += n
	p.unhold(r.c, n)
	r.number(1)
	p.serve()
}

// unhold takes n off what clients have: first off what c has, which may have less.
func (p *semaphore) unhold(c *Client, n int) {
	off := func(c *Client) {
		m := min(n, p.held[c])
		n -= m
		if p.held[c] -= m; p.held[c] <= 0 {
			delete(p.held, c)
		}
	}
	off(c)
	for other := range p.held {
		if n == 0 {
			break
		}
		off(other)
	}
}

func (p *semaphore) resize(r *request, n int) {
	if p.is != msg.BoundedSemaphore {
		r.unknown()
		return
	}
	p.value += n - p.bound
	p.bound = n
	r.number(1)
	p.serve()
}

// serve gives permits to those that wait, in order.
func (p *semaphore) serve() {
	for len(p.waiters) > 0 && p.waiters[0].n <= p.value {
		w := p.waiters.pop()
		p.take(w.c, w.n)
		w.end(msg.OK, msg.Int(nil, 1))
	}
}

func (p *semaphore) drop(_ *Store, c *Client) {
	p.value += p.held[c]
	delete(p.held, c)
	p.serve()
}
