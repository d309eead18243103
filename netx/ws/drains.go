package ws

import (
	"context"
	"sync"

	"github.com/fanfold/fanfold/netx"
	draining "github.com/fanfold/fanfold/netx/internal/drain"
)

// drains are the servers whose shutdown connections of one Handler wait for: one, as a rule.
// Each is waited for once. To wait for it once for every connection would take 300 bytes for
// each, and a goroutine for each when it comes.
type drains struct {
	mu      sync.Mutex
	servers map[<-chan struct{}]*drain // by the Done of their contexts
}

// A drain is a server, and the connections of handlers that it interrupts when it shuts
// down.
type drain struct {
	all    *drains
	server context.Context
	stop   func() bool     // waiting for the shutdown
	cut    func() bool     // and for the end of the grace, if the server tells of it
	first  *handlerContext // of a list; guarded by all
}

// join makes the server of h, if there is one, interrupt it.
func (d *drains) join(h *handlerContext, server context.Context) {
	if server == nil || server.Done() == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.servers[server.Done()]
	if one == nil {
		if d.servers == nil {
			d.servers = map[<-chan struct{}]*drain{}
		}
		one = &drain{all: d, server: server}
		d.servers[server.Done()] = one
		one.stop, one.cut = context.AfterFunc(server, one.interrupt), func() bool { return false }
		if s, ok := server.(draining.Server); ok {
			one.cut = context.AfterFunc(s.Over, one.end)
		}
	}
	h.drain, h.next = one, one.first
	if h.next != nil {
		h.next.prev = h
	}
	one.first = h
}

// leave ends what join has begun.
func (d *drain) leave(h *handlerContext) {
	d.all.mu.Lock()
	defer d.all.mu.Unlock()
	if h.next != nil {
		h.next.prev = h.prev
	}
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		d.first = h.next
	}
	if d.first == nil {
		delete(d.all.servers, d.server.Done())
		d.stop()
		d.cut()
	}
}

// interrupt makes calls of Read look at their contexts.
func (d *drain) interrupt() {
	for _, c := range d.conns() {
		setRead(c.in.conn, past)
	}
}

// end ends the connections, and with them the contexts of their handlers.
func (d *drain) end() {
	for _, c := range d.conns() {
		_ = c.end(netx.ErrClosed) // which is what their handlers get
	}
}

func (d *drain) conns() (conns []*Conn) {
	d.all.mu.Lock()
	defer d.all.mu.Unlock()
	for h := d.first; h != nil; h = h.next {
		conns = append(conns, h.conn)
	}
	return conns
}
