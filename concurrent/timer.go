package concurrent

import (
	"context"
	"sync"
	"time"
)

// A Timer calls a function later: once ([NewTimer], threading.Timer) or again and
// again ([Every]). It must be made by one of these and not be copied.
//
// While it waits it costs no goroutine; f is called in one that ends with f. A
// panic of f crashes the process, as with [time.AfterFunc].
type Timer struct {
	f      func()
	delay  time.Duration
	repeat bool
	ended  func() bool // whether the context of Every has ended

	mu       sync.Mutex
	clock    *time.Timer
	due      time.Time   // of the next call of f, when it repeats
	forget   func() bool // takes the timer off that context
	started  bool
	begun    bool // f was called at least once
	running  bool // f is
	canceled bool
	over     Event // f does not run and never will again
}

// NewTimer returns a timer that calls f once, d after [Timer.Start]: at once when
// d is not positive. It panics when f is nil.
func NewTimer(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("concurrent: NewTimer of a nil function")
	}
	return &Timer{f: f, delay: d}
}

// Every calls f every d, for the first time d from now, until ctx ends or
// [Timer.Cancel]. It panics when d is not positive or f is nil.
//
// Calls never overlap, and their times do not drift: they are whole multiples of
// d after the start. When f takes longer than d, the calls that came due while it
// ran are left out, not made up for.
//
// f gets ctx itself: the end of ctx reaches a call that is running, Cancel only
// keeps the next from beginning. A call that is to be the last cancels ctx.
func Every(ctx context.Context, d time.Duration, f func(context.Context)) *Timer {
	switch {
	case d <= 0:
		panic("concurrent: Every of a duration that is not positive")
	case f == nil:
		panic("concurrent: Every of a nil function")
	}
	t := &Timer{
		f:      func() { f(ctx) },
		delay:  d,
		repeat: true,
		ended:  func() bool { return ctx.Err() != nil },
	}
	t.mu.Lock()
	t.forget = context.AfterFunc(ctx, func() { t.Cancel() })
	t.mu.Unlock()
	t.Start()
	return t
}

// Start begins to count the time of a timer made by [NewTimer]. A timer that was
// canceled before stays so. Start panics when the timer was started already;
// those of [Every] are.
func (t *Timer) Start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.f == nil:
		panic("concurrent: Start of a Timer that was not made by NewTimer or Every")
	case t.started:
		panic("concurrent: Start of a Timer that was started")
	}
	t.started = true
	if t.canceled {
		return
	}
	t.due = time.Now().Add(t.delay)
	t.clock = time.AfterFunc(t.delay, t.fire)
}

// Cancel keeps f from being called from now on. It returns true when f neither
// runs nor ever will, and false when it is too late: when f is running, which
// [Timer.Join] waits for, or, called once, has run. It does not block, can be called
// from f and more than once.
func (t *Timer) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cancel()
	return !t.running && (t.repeat || !t.begun)
}

// cancel does what Cancel does. t.mu is held.
func (t *Timer) cancel() {
	t.canceled = true
	if t.clock != nil {
		t.clock.Stop()
	}
	if t.forget != nil {
		t.forget()
	}
	if !t.running {
		t.over.Set()
	}
}

// Join blocks until f does not run and never will again, because it has been
// called once or the timer was canceled or its context has ended, or until ctx
// ends, in which case it returns context.Cause(ctx). Called from f it waits for
// itself.
func (t *Timer) Join(ctx context.Context) error { return t.over.Wait(ctx) }

// fire is what the clock calls, each time in a goroutine of its own.
func (t *Timer) fire() {
	t.mu.Lock()
	if !t.canceled && t.ended != nil && t.ended() {
		t.cancel() // the context's own call of Cancel is on its way
	}
	if t.canceled {
		t.mu.Unlock()
		return
	}
	t.begun, t.running = true, true
	t.mu.Unlock()
	callThen(t.f, t.rest)
}

// rest is called when f has ended.
func (t *Timer) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running = false
	if !t.repeat || t.canceled {
		t.over.Set()
		return
	}
	now := time.Now()
	t.due = t.due.Add(t.delay)
	if late := now.Sub(t.due); late > 0 {
		t.due = t.due.Add((late + t.delay - 1) / t.delay * t.delay)
	}
	t.clock.Reset(t.due.Sub(now))
}
