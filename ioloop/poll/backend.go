package poll

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Backend is a way to wait for descriptors.
type Backend string

// The backends. A system has some of them: see [Backends].
const (
	Best   Backend = ""       // the best that the system has
	Select Backend = "select" // select(2), or pselect6 on Linux
	Poll   Backend = "poll"   // poll(2), or ppoll on Linux
	Epoll  Backend = "epoll"  // epoll(7), Linux
	Kqueue Backend = "kqueue" // kqueue(2), macOS and the BSDs
	Sigio  Backend = "sigio"  // queued real-time signals of O_ASYNC, Linux
)

// The name of a [Scripted] poller's backend.
const scripted Backend = "scripted"

// Backends returns the backends of this system, the best one first. The caller may
// change the slice. It is empty where [New] returns errors.ErrUnsupported.
func Backends() []Backend {
	names := make([]Backend, len(system))
	for i, s := range system {
		names[i] = s.name
	}
	return names
}

// Options are settings of [New]. The zero value is a good choice.
type Options struct {
	// Backend is the way to wait. Zero means the best of the system.
	Backend Backend
	// BigSelect lets Select take descriptors of 1024 and more, on Linux. The bitmaps
	// grow with the highest descriptor: C programs whose fd_set has 1024 bits corrupt
	// their memory there.
	BigSelect bool
}

// A backend is one way to wait. Its methods are called with the registry's lock held,
// but for wait, which takes it where it needs it. One goroutine is in wait at most.
type backend interface {
	// add makes a registration that is in the registry already. taken says that the
	// registry had one for the same number: add returns fs.ErrExist if the number still
	// stands for the same open file.
	add(t Token, want Events, taken bool) error
	modify(t Token, want Events) error
	// remove ends a registration. There is no error to report: the descriptor may be
	// closed.
	remove(t Token)
	// wait blocks until a descriptor is ready, wake is called, or d has passed; a
	// negative d means forever. It may return early. It appends what it found.
	wait(d time.Duration, found []Event) ([]Event, error)
	// wake ends a wait, or the next one.
	wake()
	// stale says that wait has returned an event of a token that is not registered.
	stale()
	// rescans reports whether a wait must begin anew after a registration has changed.
	rescans() bool
	fd() int
	close() error
}

// A maker makes one kind of backend.
type maker struct {
	name Backend
	open func(*registry, Options) (backend, error)
}

// open makes the backend that o asks for.
func open(r *registry, o Options) (Backend, backend, error) {
	if len(system) == 0 {
		return o.Backend, nil, fmt.Errorf("poll: this system has no backend: %w", errors.ErrUnsupported)
	}
	i := 0
	if o.Backend != Best {
		i = slices.IndexFunc(system, func(m maker) bool { return m.name == o.Backend })
	}
	if i < 0 {
		return o.Backend, nil, fmt.Errorf("poll: backend %q: this system has %q: %w", o.Backend, Backends(), errors.ErrUnsupported)
	}
	b, err := system[i].open(r, o)
	if err != nil {
		return system[i].name, nil, fmt.Errorf("poll: %s: %w", system[i].name, err)
	}
	return system[i].name, b, nil
}
