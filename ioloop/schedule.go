package ioloop

import (
	"fmt"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/internal/wheel"
)

// Soon makes the loop call f in its next turn. Functions are called in the order of
// the calls of Soon. It is for callbacks. Python: loop.call_soon.
func (l *Loop) Soon(f func()) {
	l.check("Soon")
	if f == nil {
		panic("ioloop: Soon of a nil function")
	}
	l.soon = append(l.soon, f)
}

// A Timer calls a function on the loop later. [Loop.AfterFunc], [Loop.At] and [Loop.Every]
// make timers. Its methods are for callbacks.
type Timer struct {
	entry wheel.Entry[*Timer]
	loop  *Loop
	f     func()
	every time.Duration
}

// AfterFunc makes the loop call f once, when d has passed. A d of zero or less means the
// next turn. Timers are never early. On an idle machine they are less than a millisecond
// late; a turn that is under way delays them. They are called in the order of their times, and
// with equal times in the order in which they were set. AfterFunc is for callbacks.
// Python: loop.call_later.
func (l *Loop) AfterFunc(d time.Duration, f func()) *Timer {
	t := l.newTimer("AfterFunc", f)
	t.set(d)
	return t
}

// At is AfterFunc for a point in time. The clock is the monotonic one if at came from
// time.Now or [Loop.Now]. Python: loop.call_at.
func (l *Loop) At(at time.Time, f func()) *Timer {
	t := l.newTimer("At", f)
	l.wheel.Set(&t.entry, l.since(at))
	return t
}

// Every makes the loop call f each time that d has passed, until the timer is stopped.
// The times do not drift: they are multiples of d from now on. Times that have been
// missed are left out. It panics if d is not positive. It is for callbacks.
func (l *Loop) Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic(fmt.Sprintf("ioloop: Every %v, want more than 0", d))
	}
	t := l.newTimer("Every", f)
	t.every = d
	t.set(d)
	return t
}

func (l *Loop) newTimer(method string, f func()) *Timer {
	l.check(method)
	if f == nil {
		panic(fmt.Sprintf("ioloop: %s of a nil function", method))
	}
	t := &Timer{loop: l, f: f}
	t.entry.Value = t
	return t
}

// set makes t due d from now. A sum beyond the end of time is the end of time.
func (t *Timer) set(d time.Duration) {
	now := int64(time.Since(t.loop.origin))
	at := now + int64(d)
	if d > 0 && at < now {
		at = 1<<63 - 1
	}
	t.loop.wheel.Set(&t.entry, at)
}

// Stop keeps the function from being called, and reports whether it was still to be
// called. It is for callbacks, also for the timer's own. Python: TimerHandle.cancel.
func (t *Timer) Stop() bool {
	t.loop.check("Timer.Stop")
	t.every = 0
	return t.loop.wheel.Remove(&t.entry)
}

// Reset makes the function be called once, or for the first time if it is called
// repeatedly, when d has passed from now. It reports
// whether it was still to be called. It allocates nothing, and costs least when the time
// becomes a later one. It is for callbacks, also for the timer's own.
func (t *Timer) Reset(d time.Duration) bool {
	t.loop.check("Timer.Reset")
	pending := t.entry.Pending()
	t.set(d)
	return pending
}

// stop is Stop for a timer that may be nil.
func (t *Timer) stop() {
	if t != nil {
		t.loop.wheel.Remove(&t.entry)
	}
}

// fire calls the function of a timer that is due. A repeated one is set first, so that the
// function can stop it.
func (t *Timer) fire() {
	l := t.loop
	if t.every > 0 {
		late := l.since(l.now) - t.entry.At()
		missed := late / int64(t.every)
		l.wheel.Set(&t.entry, t.entry.At()+(missed+1)*int64(t.every))
	}
	l.begin(t)
	t.f()
	l.end()
}

// panicked ends a timer whose function has panicked.
func (t *Timer) panicked(*panics.PanicError) {
	t.every = 0
	t.loop.wheel.Remove(&t.entry)
}
