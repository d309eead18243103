package ws

import (
	"context"
	"sync"
)

// A member is a connection in a Hub.
type member struct {
	hub  *Hub
	conn *Conn

	mu      sync.Mutex // taken after the hub's
	queue   []*Prepared
	first   int // of the ring
	n       int
	writing bool        // a goroutine sends what is in the queue
	gone    bool        // takes no more
	last    *CloseError // closes when the queue is empty; nil: nothing does
}

// put puts a message into the queue. It reports false when that was full: then a message was
// dropped, or the member has left the hub and is being closed. The caller has the hub's lock.
func (m *member) put(p *Prepared) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := &m.hub.options
	full := m.n == o.Queue
	switch {
	case full && o.Slow == DropNewest:
		return false
	case full && o.Slow == Disconnect:
		delete(m.hub.members, m.conn)
		m.clear()
		m.hub.busy.Go(func() { _ = m.conn.Close(TryLater, "too slow") }) // it does not answer, as a rule
		return false
	case full:
		m.pop()
	}
	m.push(p)
	m.start()
	return !full
}

// push adds to the ring, which grows up to the size of the queue.
func (m *member) push(p *Prepared) {
	if m.n == len(m.queue) {
		grown := make([]*Prepared, min(max(2*m.n, 4), m.hub.options.Queue))
		k := copy(grown, m.queue[m.first:])
		copy(grown[k:], m.queue[:m.first])
		m.queue, m.first = grown, 0
	}
	m.queue[(m.first+m.n)%len(m.queue)] = p
	m.n++
}

func (m *member) pop() *Prepared {
	p := m.queue[m.first]
	m.queue[m.first] = nil
	m.first = (m.first + 1) % len(m.queue)
	m.n--
	return p
}

// clear empties the queue, for good.
func (m *member) clear() {
	m.gone, m.queue, m.first, m.n = true, nil, 0, 0
}

// start makes a goroutine send what is in the queue, if none does.
func (m *member) start() {
	if !m.writing {
		m.writing = true
		m.hub.busy.Go(m.write)
	}
}

// batch is how many messages are sent at once, if they are small.
const batch = 16

// write sends what is in the queue, until nothing is.
func (m *member) write() {
	var taken [batch]*Prepared
	for {
		m.mu.Lock()
		if m.n == 0 {
			last := m.last
			m.writing, m.last, m.queue, m.first = false, nil, nil, 0
			m.mu.Unlock()
			if last != nil {
				_ = m.conn.Close(last.Code, last.Reason) // that it does not answer is its own affair
			}
			return
		}
		k := min(m.n, batch)
		for i := range k {
			taken[i] = m.pop()
		}
		m.mu.Unlock()
		if err := m.conn.writeBatch(context.Background(), taken[:k]); err != nil {
			m.leave()
		}
		clear(taken[:k])
	}
}

// leave ends the membership.
func (m *member) leave() {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	if m.hub.members[m.conn] == m {
		delete(m.hub.members, m.conn)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

// finish makes the member close when its queue is empty. The caller has the hub's lock.
func (m *member) finish(last *CloseError) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.gone {
		m.gone, m.last = true, last
		m.start()
	}
}

// drop drops what waits, so that the member is closed.
func (m *member) drop() {
	m.mu.Lock()
	m.clear()
	stuck := m.writing
	m.mu.Unlock()
	if stuck {
		_ = m.conn.Close(TryLater, "too slow")
	}
}
