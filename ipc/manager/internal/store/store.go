package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

const (
	// Linger is how long an object without a name outlives its last proxy: one may be on
	// its way to another process.
	Linger = time.Minute

	maxObjects = 1 << 20
	maxCalls   = 1 << 16 // of one client, that wait
)

// A Store has all objects of a server. Make one with New.
type Store struct {
	mu      sync.Mutex
	objects map[uint64]*object
	names   map[string]uint64
	clients map[*Client]struct{}
	dirty   []*Client // have answers that were not flushed
	last    uint64    // number of an object
	version uint64
	types   Types          // may be nil
	work    sync.WaitGroup // functions of the program that run
}

// An object is a thing with its number. A thing holds no proxy and knows no number.
type object struct {
	id    uint64
	name  string
	hash  uint64
	refs  int       // clients that have a proxy
	since time.Time // without one
	thing thing
}

// A thing is what one kind of object does. Its methods are called under the mutex.
type thing interface {
	kind() msg.Kind
	do(s *Store, r *request)
	drop(s *Store, c *Client) // the client is gone
}

// A Client is what a store knows of one connection. Reply adds an answer to what goes to
// it, and Flush sends that; neither waits. Reply is called under the store's mutex, Flush
// is not.
type Client struct {
	Pid   int
	Reply func(call uint64, code msg.Code, payload []byte)
	Flush func()

	refs      map[uint64]struct{}
	waits     map[uint64]*waiter
	watches   map[uint64]*watch
	snapshots map[uint64][]byte
	last      uint64 // number of a watch or a snapshot
	dirty     bool
	gone      bool
}

// New returns a store without objects. types may be nil.
func New(types Types) *Store {
	return &Store{types: types, last: rand.Uint64() >> 16, objects: map[uint64]*object{}, names: map[string]uint64{}, clients: map[*Client]struct{}{}}
}

// Join adds a client.
func (s *Store) Join(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.refs, c.waits = map[uint64]struct{}{}, map[uint64]*waiter{}
	c.watches, c.snapshots = map[uint64]*watch{}, map[uint64][]byte{}
	s.clients[c] = struct{}{}
}

// Leave takes a client that is gone out of all lines, and gives what it held to others.
func (s *Store) Leave(c *Client) {
	defer s.flush()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.gone || c.refs == nil {
		return
	}
	c.gone = true
	delete(s.clients, c)
	for _, w := range c.waits {
		w.leave()
	}
	for _, o := range s.objects {
		o.thing.drop(s, c)
	}
	for id := range c.refs {
		s.unref(c, id)
	}
	for _, w := range c.watches {
		w.close()
	}
	c.waits, c.watches, c.snapshots = nil, nil, nil
}

// Wait blocks until the functions of the program have returned that were called. Their
// clients have left.
func (s *Store) Wait() { s.work.Wait() }

// Sweep drops the objects without a name that have had no proxy for Linger.
func (s *Store) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, o := range s.objects {
		if o.refs == 0 && o.name == "" && time.Since(o.since) >= Linger {
			delete(s.objects, id)
			if c, ok := o.thing.(*condition); ok {
				if c.of.refs--; c.of.refs == 0 {
					c.of.since = time.Now()
				}
			}
		}
	}
}

// Len returns the number of objects.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.objects)
}

// A request is one message of a client.
type request struct {
	s      *Store
	c      *Client
	call   uint64 // 0: no answer is wanted
	op     msg.Op
	object *object
	msg.Reader
}

// Do carries out a message of c. The answer goes to c.Reply, now or later. The error says
// that the message makes no sense: the client is of no use.
func (s *Store) Do(c *Client, message []byte) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.gone {
		return errGone
	}
	r := &request{s: s, c: c, Reader: msg.Reader{B: message}}
	r.call, r.op = r.Uint(), msg.Op(r.Byte())
	id := r.Uint()
	if r.Bad {
		return msg.ErrFrame
	}
	if r.call != 0 && c.waits[r.call] != nil {
		return fmt.Errorf("%w: call %d is under way", msg.ErrFrame, r.call)
	}
	switch r.op {
	case msg.Create:
		r.create()
	case msg.Cancel:
		if w := c.waits[id]; w != nil {
			w.cancel()
		}
	case msg.Changes, msg.Unwatch:
		r.ofWatch(id)
	case msg.Snapshot, msg.Read, msg.Forget:
		r.ofSnapshot(id)
	default:
		o := s.objects[id]
		if o == nil {
			r.fail(msg.NoObject, fmt.Sprintf("object %d is gone", id))
			break
		}
		r.object = o
		switch r.op {
		case msg.Attach:
			s.ref(c, o)
		case msg.Release:
			s.unref(c, id)
		default:
			o.thing.do(s, r)
		}
	}
	if r.Bad {
		return msg.ErrFrame
	}
	return nil
}

var errGone = errors.New("manager: the client is gone")

// Flush sends what calls have left to say to other clients than the one that called.
func (s *Store) Flush() { s.flush() }

func (s *Store) flush() {
	s.mu.Lock()
	list := s.dirty
	s.dirty = nil
	for _, c := range list {
		c.dirty = false
	}
	s.mu.Unlock()
	for _, c := range list {
		c.Flush()
	}
}

// answer tells a client how a call ended.
func (s *Store) answer(c *Client, call uint64, code msg.Code, payload []byte) {
	if c.gone || call == 0 {
		return
	}
	c.Reply(call, code, payload)
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

func (s *Store) ref(c *Client, o *object) {
	if _, has := c.refs[o.id]; !has {
		c.refs[o.id] = struct{}{}
		o.refs++
	}
}

func (s *Store) unref(c *Client, id uint64) {
	o := s.objects[id]
	if _, has := c.refs[id]; !has || o == nil {
		return
	}
	delete(c.refs, id)
	if o.refs--; o.refs == 0 {
		o.since = time.Now()
	}
}
