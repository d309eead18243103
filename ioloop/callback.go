package ioloop

import (
	"context"
	"log/slog"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// guard calls a part of a turn, and again after each panic of a callback within: a part
// goes on where it was. It stops for good when a panic is to end Run.
func (l *Loop) guard(part func()) {
	for (l.failed == nil || l.isClosed()) && !l.try(part) {
	}
}

// try reports whether part has returned.
func (l *Loop) try(part func()) (returned bool) {
	defer func() {
		if !returned {
			if v := recover(); v != nil { // not Goexit
				l.caught(panics.From(v))
			}
		}
	}()
	part()
	return true
}

// caught ends what a callback that panicked belonged to, and reports the panic.
func (l *Loop) caught(c *panics.Caught) {
	o := l.caller
	l.caller = nil
	if l.options.Panic == nil || l.failed != nil {
		l.failed = l.failed.Or(c)
		return
	}
	if o != nil {
		o.panicked(c.Panic())
	}
	l.failed = panics.Try(func() { l.options.Panic(c.Panic()) }, nil)
}

// begin notes whose callback runs from now on. A deferred end would cost more than the
// rest; caught does its work after a panic.
func (l *Loop) begin(o owner) {
	l.caller = o
	if l.options.Slow > 0 {
		l.began = time.Now()
	}
}

// end notes that the callback has returned.
func (l *Loop) end() {
	l.caller = nil
	if l.options.Slow > 0 {
		l.measure(time.Since(l.began))
	}
}

// measure logs a callback that took too long.
func (l *Loop) measure(took time.Duration) {
	l.stats.slowest.Store(max(l.stats.slowest.Load(), int64(took)))
	if took > l.options.Slow {
		l.logger().LogAttrs(context.Background(), slog.LevelWarn, "ioloop: slow callback", slog.Duration("took", took), slog.Duration("limit", l.options.Slow))
	}
}

// dispatch calls the target of an event.
func (l *Loop) dispatch(e poll.Event) bool {
	l.stats.events.Add(1)
	if t := l.targets.Get(int32(e.Token.FD())); t.token == e.Token {
		t.target.ready(e.Events)
	}
	return true
}

// runTimers calls the functions of the timers that are due.
func (l *Loop) runTimers() {
	for i, e := range l.due {
		l.due[i] = nil
		if e != nil && e.Take() {
			e.Value.fire()
		}
	}
}

// runReady calls the functions that the turn before has scheduled.
func (l *Loop) runReady() { l.callAll(l.ready) }

// runPosted calls the functions that were posted.
func (l *Loop) runPosted() { l.callAll(l.posted) }

// callAll calls functions. Each is taken out before it is called, so that another call
// goes on behind one that panicked.
func (l *Loop) callAll(functions []func()) {
	for i, f := range functions {
		if f != nil {
			functions[i] = nil
			l.begin(nil)
			f()
			l.end()
		}
	}
}
