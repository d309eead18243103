package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A snapshot is a mark with its version, then for each object its number, kind, hash, name
// and state, and at the end the SHA-256 of all that. The state is what makes an object of
// its kind in Create. Locks, conditions, events, semaphores and barriers are made as they
// were made; who holds them or waits is no part of it.
const mark = "fanfold snapshot 1\n"

const maxSnapshots = 4 // of one client at a time

// ErrSnapshot is the error of bytes that are no snapshot, or not the whole of one.
var ErrSnapshot = errors.New("manager: what is restored is no snapshot, or damaged")

// A copied is a thing of the moment of a snapshot, to be encoded later.
type copied struct {
	id, hash uint64
	kind     msg.Kind
	name     string
	append   func(b []byte) []byte
	turn     <-chan []byte // of an own, instead of append
}

// ofSnapshot carries out Snapshot, Read and Forget.
func (r *request) ofSnapshot(id uint64) {
	switch r.op {
	case msg.Snapshot:
		r.snapshot()
		return
	case msg.Forget:
		delete(r.c.snapshots, id)
		return
	}
	data, ok := r.c.snapshots[id]
	from := r.Uint()
	switch {
	case r.Bad:
	case !ok:
		r.fail(msg.NoObject, "the snapshot is gone")
	case from > uint64(len(data)):
		r.fail(msg.NoIndex, "the snapshot is shorter")
	default:
		r.ok(data[from:min(int(from)+1<<20, len(data))])
	}
}

// snapshot copies all objects, and encodes the copies beside the server's work.
func (r *request) snapshot() {
	s, c := r.s, r.c
	if len(c.snapshots) >= maxSnapshots {
		r.fail(msg.Busy, "the client takes too many snapshots")
		return
	}
	c.last++
	id := c.last
	c.snapshots[id] = nil
	w := r.wait(func() {})
	if w == nil {
		delete(c.snapshots, id)
		return
	}
	list, err := s.copy(c)
	if err != nil {
		delete(c.snapshots, id)
		w.end(msg.WrongType, []byte(err.Error()))
		return
	}
	over := make(chan struct{})
	gone := func() { close(over) }
	w.leave = sync.OnceFunc(gone)
	s.work.Go(func() {
		data, err := encode(list, over)
		defer s.flush()
		s.mu.Lock()
		defer s.mu.Unlock()
		if c.gone || c.waits[w.call] != w { // it was canceled
			if c.snapshots != nil {
				delete(c.snapshots, id)
			}
			return
		}
		if err != nil {
			delete(c.snapshots, id)
			w.end(msg.WrongType, []byte(err.Error()))
			return
		}
		c.snapshots[id] = data
		w.end(msg.OK, msg.Uint(msg.Uint(nil, id), uint64(len(data))))
	})
}

// copy copies all objects. The values are not copied: they do not change.
// Objects of the program's own types are encoded in their turn, between two calls.
func (s *Store) copy(c *Client) ([]copied, error) {
	for _, o := range s.objects {
		if t, ok := o.thing.(*own); ok {
			if class := s.class(t.class); class == nil || class.Encode == nil {
				return nil, fmt.Errorf("a %s cannot travel", t.class)
			}
		}
	}
	list := make([]copied, 0, len(s.objects))
	for _, o := range s.objects {
		if t, ok := o.thing.(*own); ok {
			turn, err := t.encoded(s, c)
			if err != nil {
				return nil, err
			}
			list = append(list, copied{id: o.id, hash: o.hash, kind: msg.Own, name: o.name, turn: turn})
			continue
		}
		list = append(list, copied{id: o.id, hash: o.hash, kind: o.thing.kind(), name: o.name, append: s.state(o.thing)})
	}
	return list, nil
}

// state returns what encodes the state that a thing has now.
func (s *Store) state(t thing) func([]byte) []byte {
	switch t := t.(type) {
	case *list:
		items := slices.Clone(t.items)
		return func(b []byte) []byte {
			b = msg.Uint(b, uint64(len(items)))
			for _, e := range items {
				b = msg.Bytes(b, e.value)
			}
			return b
		}
	case *dict:
		items := maps.Clone(t.items)
		return func(b []byte) []byte {
			b = msg.Uint(b, uint64(len(items)))
			for key, e := range items {
				b = msg.Bytes(msg.Bytes(b, key), e.value)
			}
			return b
		}
	case *queue:
		maxsize, unfinished, shut, items := t.maxsize, t.unfinished, t.shut, slices.Clone(t.items)
		return func(b []byte) []byte {
			b = append(msg.Int(msg.Int(b, maxsize), unfinished), flag(shut)...)
			b = msg.Uint(b, uint64(len(items)))
			for _, item := range items {
				b = msg.Bytes(b, item)
			}
			return b
		}
	case *condition:
		id := t.of.id
		return func(b []byte) []byte { return msg.Uint(b, id) }
	case *event:
		set := t.set
		return func(b []byte) []byte { return append(b, flag(set)...) }
	case *semaphore:
		n := t.bound
		if t.is == msg.Semaphore {
			n = t.value
		}
		return func(b []byte) []byte { return msg.Int(b, n) }
	case *barrier:
		n := t.parties
		return func(b []byte) []byte { return msg.Int(b, n) }
	}
	return func(b []byte) []byte { return b }
}

// encode encodes the copies, unless over is closed before an object has had its turn.
func encode(list []copied, over <-chan struct{}) ([]byte, error) {
	// A condition comes after its lock.
	slices.SortFunc(list, func(a, b copied) int {
		if (a.kind == msg.Condition) != (b.kind == msg.Condition) {
			if a.kind == msg.Condition {
				return 1
			}
			return -1
		}
		return bytes.Compare([]byte(a.name), []byte(b.name))
	})
	b := msg.Uint([]byte(mark), uint64(len(list)))
	var state []byte
	for _, c := range list {
		b = msg.Bytes(msg.Uint(append(msg.Uint(b, c.id), byte(c.kind)), c.hash), c.name)
		if c.turn != nil {
			select {
			case own, ok := <-c.turn:
				if state = own; !ok {
					return nil, fmt.Errorf("object %d could not be encoded", c.id)
				}
			case <-over:
				return nil, errGone
			}
		} else {
			state = c.append(state[:0])
		}
		b = msg.Bytes(b, state)
	}
	return sealed(b), nil
}

// sealed appends the checksum of b.
func sealed(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// Restore returns a store with the objects of a snapshot. Those without a name are gone
// after Linger, unless a client attaches them.
func Restore(data []byte, types Types) (*Store, error) {
	body, ok := bytes.CutPrefix(data, []byte(mark))
	if !ok || len(body) < sha256.Size {
		return nil, fmt.Errorf("%w: it does not begin, or end, as one", ErrSnapshot)
	}
	end := len(data) - sha256.Size
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrSnapshot)
	}
	s := New(types)
	r := msg.Reader{B: body[:len(body)-sha256.Size]}
	for range r.Count() {
		id, kind, hash, name := r.Uint(), msg.Kind(r.Byte()), r.Uint(), r.String()
		state := msg.Reader{B: r.Bytes()}
		if r.Bad || s.objects[id] != nil || name != "" && s.names[name] != 0 {
			return nil, fmt.Errorf("%w: an object is cut off, or occurs twice", ErrSnapshot)
		}
		t := s.restored(kind, &state)
		if t == nil || state.Bad {
			return nil, fmt.Errorf("%w: the state of object %d, a %v, makes no sense", ErrSnapshot, id, kind)
		}
		s.put(id, name, hash, t)
	}
	if r.Bad || len(r.B) > 0 {
		return nil, fmt.Errorf("%w: there is more, or less, than was announced", ErrSnapshot)
	}
	return s, nil
}

// restored makes a thing of its state in a snapshot. It returns nil if that makes no sense.
func (s *Store) restored(kind msg.Kind, state *msg.Reader) thing {
	switch kind {
	case msg.Queue:
		q := &queue{maxsize: state.Int(), unfinished: state.Int(), shut: state.Int() == 1}
		for range state.Count() {
			q.items = append(q.items, state.String())
		}
		state.Bad = state.Bad || q.maxsize == 0 || q.maxsize < -1 || q.unfinished < len(q.items)
		return q
	case msg.Own:
		return s.restoreOwn(state)
	case msg.Event:
		return &event{set: state.Int() == 1}
	}
	// A request of no client: what fails has no answer.
	r := &request{s: s, c: &Client{gone: true}, Reader: *state}
	t := s.make(kind, r)
	state.Bad = r.Bad
	return t
}
