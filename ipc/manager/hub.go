package manager

import (
	"context"
	"errors"
	"sync"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/conn"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A hub is all that this process has of one server: one connection, the managers that use
// it, and how many proxies there are of each object.
type hub struct {
	at place

	mu       sync.Mutex
	session  *session.Session // nil before the first use
	dialing  chan struct{}    // of capacity 1
	managers int
	proxies  map[uint64]int
	over     bool
}

// A place is where a server is, and what proves that one may use it.
type place struct {
	addr, key string
	md5       bool
}

var hubs = struct {
	sync.Mutex
	of map[place]*hub
}{of: map[place]*hub{}}

var errOver = closed.Error("manager: the manager is closed")

// hubOf returns the hub of a server; one whose server is gone is replaced. The caller
// counts as a manager, if it is one.
func hubOf(at place, manager bool) *hub {
	hubs.Lock()
	defer hubs.Unlock()
	h := hubs.of[at]
	if h != nil {
		h.mu.Lock()
		if h.over || h.session != nil && h.session.Err() != nil {
			h.mu.Unlock()
			h = nil
		}
	}
	if h == nil {
		h = &hub{at: at, dialing: make(chan struct{}, 1), proxies: map[uint64]int{}}
		hubs.of[at] = h
		h.mu.Lock()
	}
	if manager {
		h.managers++
	}
	h.mu.Unlock()
	return h
}

// connected returns the connection, which it makes if there is none yet.
func (h *hub) connected(ctx context.Context) (*session.Session, error) {
	h.mu.Lock()
	s, over := h.session, h.over
	h.mu.Unlock()
	switch {
	case s != nil:
		return s, nil
	case over:
		return nil, errOver
	}
	select {
	case h.dialing <- struct{}{}:
		defer func() { <-h.dialing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	h.mu.Lock()
	s = h.session
	h.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := session.Dial(ctx, h.at.addr, conn.Options{AuthKey: []byte(h.at.key), AllowMD5: h.at.md5, MaxMessage: msg.MaxMessage})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		s.Close()
		return nil, errOver
	}
	h.session = s
	for id := range h.proxies {
		s.Post(msg.Attach, id, nil)
	}
	return s, nil
}

// leave says that a manager does not use the hub any more.
func (h *hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.managers--; h.managers == 0 {
		h.end()
	}
}

// end closes the connection. The mutex is held.
func (h *hub) end() {
	h.over = true
	if h.session != nil {
		h.session.Close()
	}
	go h.forget()
}

// forget takes the hub out of the table, unless another has taken its place.
func (h *hub) forget() {
	hubs.Lock()
	defer hubs.Unlock()
	if hubs.of[h.at] == h {
		delete(hubs.of, h.at)
	}
}

// hold counts a proxy. attach says that the server does not know that this process has
// one.
func (h *hub) hold(id uint64, attach bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.proxies[id]++
	if attach && h.proxies[id] == 1 && h.session != nil {
		h.session.Post(msg.Attach, id, nil)
	}
}

// release is called when a proxy is not used any more.
func (h *hub) release(id uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.proxies[id]--; h.proxies[id] > 0 {
		return
	}
	delete(h.proxies, id)
	if h.session != nil {
		h.session.Post(msg.Release, id, nil)
	}
	if h.managers == 0 && len(h.proxies) == 0 && !h.over {
		h.end()
	}
}

// call asks the server.
func (h *hub) call(ctx context.Context, method string, op msg.Op, id uint64, args []byte) ([]byte, error) {
	code, payload, err := h.ask(ctx, method, op, id, args, nil)
	if err == nil && code != msg.OK {
		err = refused(ctx, method, code, payload)
	}
	return payload, err
}

// ask asks the server. undo takes back what the server has done although the call was
// canceled.
func (h *hub) ask(ctx context.Context, method string, op msg.Op, id uint64, args []byte, undo func(msg.Code, []byte)) (msg.Code, []byte, error) {
	s, err := h.connected(ctx)
	if err != nil {
		return 0, nil, failed(ctx, method, false, err)
	}
	code, payload, sent, err := s.Call(ctx, op, id, args, undo)
	switch {
	case err == nil:
		return code, payload, nil
	case undo != nil && !errors.Is(err, ErrGone): // nothing has happened, or is taken back
		sent = false
	}
	return 0, nil, failed(ctx, method, sent, err)
}
