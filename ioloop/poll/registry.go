package poll

import (
	"iter"
	"sync"
)

// A registry knows the registrations of a poller.
type registry struct {
	sync.Mutex
	near    []registration // by descriptor
	far     map[int32]registration
	count   int
	gen     uint32
	version uint32 // changes with each change
}

// A registration is what a program wants of a descriptor. Its gen is 0 for none.
type registration struct {
	gen  uint32
	want Events
	off  bool // OneShot was reported
	gone bool // the descriptor was closed behind the poller's back
}

// Descriptors below nearLimit are looked up in a slice. A script may use any number, and
// a number must not become an allocation of its size.
const nearLimit = 1 << 20

func (r *registry) get(fd int32) registration {
	switch {
	case int(fd) < len(r.near):
		return r.near[fd]
	case fd >= nearLimit:
		return r.far[fd]
	}
	return registration{}
}

// has reports whether t is registered.
func (r *registry) has(t Token) bool {
	return t.gen != 0 && t.fd >= 0 && r.get(t.fd).gen == t.gen
}

// next returns a token for fd that no other one equals.
func (r *registry) next(fd int32) Token {
	r.gen++
	if r.gen == 0 {
		r.gen++
	}
	return Token{fd, r.gen}
}

// put makes g the registration of fd; the zero registration removes it.
func (r *registry) put(fd int32, g registration) {
	r.version++
	switch old := r.get(fd); {
	case old.gen == 0 && g.gen != 0:
		r.count++
	case old.gen != 0 && g.gen == 0:
		r.count--
	}
	switch {
	case fd < nearLimit:
		for int(fd) >= len(r.near) { // append grows in proportion to the length
			r.near = append(r.near, registration{})
		}
		r.near[fd] = g
	case g.gen == 0:
		delete(r.far, fd)
	default:
		if r.far == nil {
			r.far = map[int32]registration{}
		}
		r.far[fd] = g
	}
}

// turnOff ends the reports of t until it is modified.
func (r *registry) turnOff(t Token) {
	if r.has(t) {
		g := r.get(t.fd)
		g.off = true
		r.put(t.fd, g)
	}
}

// lose notes that t's descriptor was closed behind the poller's back. It takes the lock.
func (r *registry) lose(t Token) {
	r.Lock()
	defer r.Unlock()
	if r.has(t) {
		g := r.get(t.fd)
		g.gone = true
		r.put(t.fd, g)
	}
}

// all yields the registrations in the order of their descriptors, those of far last.
func (r *registry) all() iter.Seq2[Token, registration] {
	return func(yield func(Token, registration) bool) {
		for fd, g := range r.near {
			if g.gen != 0 && !yield(Token{int32(fd), g.gen}, g) {
				return
			}
		}
		for fd, g := range r.far {
			if !yield(Token{fd, g.gen}, g) {
				return
			}
		}
	}
}
