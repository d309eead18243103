package ws

import (
	"fmt"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// A Hub sends messages to many connections, none of which waits for another one. Each member
// has a queue of messages, and a goroutine that sends them only while there are any. All
// members get the messages of [Hub.Broadcast] in the same order. Make one with [NewHub]. Its
// methods are safe for concurrent use, and none waits for a member, but for Close and Join.
type Hub struct {
	options HubOptions

	mu      sync.Mutex
	members map[*Conn]*member
	over    *CloseError // of Close; nil until then
	busy    sync.WaitGroup
}

// HubOptions are the choices of a [Hub]. The zero value of each is its default.
type HubOptions struct {
	// Queue bounds the messages that wait for a member; 0 means 64. Those that are being
	// sent do not count: one, or up to 16 that are small.
	Queue int

	// Slow says what happens to a member whose queue is full.
	Slow SlowPolicy

	// OnSlow is called for each message that a member does not get since its queue is full,
	// and with [Disconnect] for the member that is closed. Broadcast or Send calls it before
	// it returns. It must not block.
	OnSlow func(*Conn)
}

// A SlowPolicy says what happens to a member whose queue is full.
type SlowPolicy int

// The policies. With the last two a member stays, and misses messages.
const (
	Disconnect SlowPolicy = iota // it leaves the hub and is closed with [TryLater]
	DropOldest                   // the message that has waited longest is dropped
	DropNewest                   // the new message is dropped
)

const defaultQueue = 64

// NewHub returns a Hub without members. It starts no goroutine. It panics for a Queue below 0
// and a policy that does not exist.
func NewHub(options ...HubOptions) *Hub {
	o := optional.One("ws", "NewHub", options)
	if o.Queue < 0 || o.Slow < Disconnect || o.Slow > DropNewest {
		panic(fmt.Sprintf("ws: NewHub: Queue is %d and Slow %d, want a queue of 0 (the default) or more, and a policy", o.Queue, o.Slow))
	}
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	return &Hub{options: o, members: map[*Conn]*member{}}
}

// Join makes c a member until leave is called, which drops the messages that wait for it, or
// until a message cannot be sent. A connection that is a member stays the same one. After
// Close of the hub Join closes c as that has closed the others.
//
//	defer hub.Join(c)()
func (h *Hub) Join(c *Conn) (leave func()) {
	h.mu.Lock()
	m, over := h.members[c], h.over
	if m == nil && over == nil {
		m = &member{hub: h, conn: c}
		h.members[c] = m
	}
	h.mu.Unlock()
	if over != nil {
		_ = c.Close(over.Code, over.Reason)
		return func() {}
	}
	return m.leave
}

// Broadcast sends a message to all members: it puts it into their queues.
func (h *Hub) Broadcast(p *Prepared) {
	var slow []*member
	h.mu.Lock()
	for _, m := range h.members {
		if !m.put(p) {
			slow = append(slow, m)
		}
	}
	h.mu.Unlock()
	for _, m := range slow {
		h.tell(m.conn)
	}
}

// Send sends a message to one member. It reports whether the message waits to be sent; it
// does not if c is no member, or its queue is full and the policy is not [DropOldest].
func (h *Hub) Send(c *Conn, p *Prepared) bool {
	h.mu.Lock()
	m := h.members[c]
	fits := m != nil && m.put(p)
	h.mu.Unlock()
	if m != nil && !fits {
		h.tell(c)
		return h.options.Slow == DropOldest
	}
	return fits
}

// tell tells of a member whose queue was full. No lock is held.
func (h *Hub) tell(c *Conn) {
	if h.options.OnSlow != nil {
		h.options.OnSlow(c)
	}
}

// Len returns the number of members.
func (h *Hub) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.members)
}

// Close closes all members, each when the messages are sent that wait for it, and returns
// when all are closed, which takes up to 10 s. Later messages go nowhere. Close may be called
// again, and then waits for the first one.
func (h *Hub) Close(code Code, reason string) {
	h.mu.Lock()
	if h.over == nil {
		h.over = &CloseError{Code: code, Reason: reason}
	}
	members := h.members
	h.members = nil
	for _, m := range members {
		m.finish(h.over)
	}
	h.mu.Unlock()
	dropped := make(chan struct{})
	late := time.AfterFunc(closeWait, func() { // a member that takes nothing loses its messages
		defer close(dropped)
		var dropping sync.WaitGroup
		for _, m := range members {
			dropping.Go(m.drop)
		}
		dropping.Wait()
	})
	h.busy.Wait()
	if !late.Stop() {
		<-dropped
	}
}
