package ioloop

import (
	"io/fs"
	"math"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A Watch calls a function when a descriptor is ready. [Loop.Watch] makes it. Its methods
// are for callbacks.
type Watch struct {
	loop  *Loop
	token poll.Token
	f     func(poll.Events)
}

// Watch makes the loop call f, in each turn, with what the descriptor is, as long as that
// is wanted. With [poll.Edge] and [poll.OneShot] f is called for changes only. The loop
// does not close the descriptor: stop the Watch before you do. It may be one of a net.Conn,
// within RawConn.Control. The errors are those of [poll.Poller.Add]. It is for callbacks.
// Python: loop.add_reader, loop.add_writer.
func (l *Loop) Watch(fd int, want poll.Events, f func(poll.Events)) (*Watch, error) {
	l.check("Watch")
	if f == nil {
		panic("ioloop: Watch with a nil function")
	}
	w := &Watch{loop: l, f: f}
	var err error
	if w.token, err = l.register(fd, want, w); err != nil {
		return nil, err
	}
	l.stats.watches.Add(1)
	return w, nil
}

// register adds fd to the poller, for t.
func (l *Loop) register(fd int, want poll.Events, t target) (poll.Token, error) {
	if l.ring != nil && fd >= 0 && fd <= math.MaxInt32 {
		if old := l.targets.Get(int32(fd)); old.target != nil && old.token == (poll.Token{}) {
			return poll.Token{}, &poll.FDError{FD: fd, Backend: l.poller.Backend(), Err: fs.ErrExist} // it is a ringLink's
		}
	}
	token, err := l.poller.Add(fd, want)
	if err != nil {
		return token, wrap(err)
	}
	if old := l.targets.Get(int32(fd)); old.target != nil { // closed without Stop
		old.target.lost()
	}
	l.targets.Put(int32(fd), entry{token, t})
	return token, nil
}

// unregister takes a descriptor out of the poller.
func (l *Loop) unregister(token poll.Token) {
	if fd := int32(token.FD()); l.targets.Get(fd).token == token {
		l.targets.Put(fd, entry{})
		l.poller.Remove(token)
	}
}

// Modify changes what is wanted. Its errors are those of [poll.Poller.Modify]: it returns
// [poll.ErrStale] after Stop.
func (w *Watch) Modify(want poll.Events) error {
	w.loop.check("Watch.Modify")
	return w.loop.poller.Modify(w.token, want)
}

// Stop ends the Watch. Its function is not called any more, not even for an event that
// has been found already. A second Stop does nothing, and neither does one after the
// loop was closed.
func (w *Watch) Stop() {
	w.loop.check("Watch.Stop")
	if w.f != nil {
		w.f = nil
		w.loop.stats.watches.Add(-1)
		w.loop.unregister(w.token)
	}
}

func (w *Watch) ready(is poll.Events) {
	w.loop.begin(w)
	w.f(is)
	w.loop.end()
}

func (w *Watch) panicked(*panics.PanicError) { w.Stop() }
func (w *Watch) abort(error)                 { w.Stop() }

// lost notes that the descriptor was closed without Stop, and its number added again.
func (w *Watch) lost() {
	if w.f != nil {
		w.f = nil
		w.loop.stats.watches.Add(-1)
	}
}
