package poll

import (
	"iter"
	"sync"

	"github.com/fanfold/fanfold/ioloop/internal/fdtable"
)

// A registry knows the registrations of a poller.
type registry struct {
	sync.Mutex
	table   fdtable.Table[registration]
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

func (r *registry) get(fd int32) registration { return r.table.Get(fd) }

// put makes g the registration of fd; the zero registration removes it.
func (r *registry) put(fd int32, g registration) {
	r.version++
	r.table.Put(fd, g)
}

// has reports whether t is registered.
func (r *registry) has(t Token) bool {
	return t.gen != 0 && r.get(t.fd).gen == t.gen
}

// next returns a token for fd that no other one equals.
func (r *registry) next(fd int32) Token {
	r.gen++
	if r.gen == 0 {
		r.gen++
	}
	return Token{fd, r.gen}
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

// all yields the registrations.
func (r *registry) all() iter.Seq2[Token, registration] {
	return func(yield func(Token, registration) bool) {
		for fd, g := range r.table.All() {
			if !yield(Token{fd, g.gen}, g) {
				return
			}
		}
	}
}
