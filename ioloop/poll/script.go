package poll

import (
	"io/fs"
	"time"
)

// A Script says what the descriptors of a [Scripted] poller are. Any goroutine may call
// its methods.
type Script struct{ p *Poller }

// Scripted returns a poller for tests, and the script that says what its descriptors
// are. It makes no system call: any number from 0 on can be added, and is not ready until
// [Script.Set] says so. Its waiting is durable in testing/synctest, so that time passes
// there at once. Its Backend is "scripted". It supports Edge and OneShot.
func Scripted() (*Poller, *Script) {
	p := newPoller()
	p.name, p.backend = scripted, &playing{
		registry: &p.registry,
		is:       map[int32]Events{},
		news:     map[int32]Events{},
		bell:     make(chan struct{}, 1),
	}
	return p, &Script{p}
}

// Set says what fd is from now on, and ends a Wait that wants it. The number need not
// be registered yet. Zero means that nothing is ready.
func (s *Script) Set(fd int, is Events) {
	b := s.p.backend.(*playing)
	b.registry.Lock()
	defer b.registry.Unlock()
	n := int32(fd)
	b.news[n] = b.news[n]&is | is&^b.is[n]
	if b.is[n] = is; is == 0 {
		delete(b.is, n)
	}
	b.wake()
}

// A playing is the backend of a scripted poller.
type playing struct {
	registry *registry
	is       map[int32]Events // guarded by registry
	news     map[int32]Events // what has become so since the last report, for Edge; likewise
	bell     chan struct{}
}

func (b *playing) add(t Token, _ Events, taken bool) error {
	if taken {
		return fs.ErrExist
	}
	b.news[t.fd] = b.is[t.fd]
	return nil
}

func (b *playing) modify(t Token, _ Events) error {
	b.news[t.fd] = b.is[t.fd]
	return nil
}

func (b *playing) remove(Token) {}

func (b *playing) wait(d time.Duration, found []Event) ([]Event, error) {
	if found = b.look(found); len(found) > 0 || d == 0 {
		return found, nil
	}
	var timeout <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-b.bell:
	case <-timeout:
	}
	return b.look(found), nil
}

// look appends what is ready now.
func (b *playing) look(found []Event) []Event {
	b.registry.Lock()
	defer b.registry.Unlock()
	for t, g := range b.registry.all() {
		is := b.is[t.fd]
		if g.want&Edge != 0 && ended(b.news[t.fd], g.want)&(g.want|HungUp|Failed) == 0 {
			continue
		}
		delete(b.news, t.fd)
		if is = ended(is, g.want) & (g.want | HungUp | Failed); is != 0 && !g.off {
			found = append(found, Event{t, is})
		}
	}
	return found
}

func (b *playing) wake() {
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

func (b *playing) rescans() bool { return true }
func (b *playing) stale()        {}
func (b *playing) fd() int       { return -1 }
func (b *playing) close() error  { return nil }
