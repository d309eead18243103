package concurrent

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Timer calls a function later: once ([NewTimer], threading.Timer) or repeatedly
// ([Every]). It must be made by one of these and must not be copied.
//
// A waiting timer costs no goroutine. The function runs in a goroutine that ends
// with it. A panic of the function crashes the process, as with [time.AfterFunc].
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

// NewTimer returns a timer that calls f once, d after [Timer.Start]. When d is not
// positive, it calls f at once. NewTimer panics when f is nil.
func NewTimer(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("concurrent: NewTimer of a nil function")
	}
	return &Timer{f: f, delay: d}
}

// Every calls f every d, first after d, until ctx ends or [Timer.Cancel] is called.
// It does not block. It panics when d is not positive or f is nil.
//
// Calls never overlap. They do not drift: their times are whole multiples of d
// after the start. When f takes longer than d, the calls that were due meanwhile
// are skipped.
//
// f gets ctx itself. So the end of ctx reaches a running call, and Cancel only
// prevents the next one. To make a call the last one, f cancels ctx.
func Every(ctx context.Context, d time.Duration, f func(context.Context)) *Timer {
	switch {
	case d <= 0:
		panic(fmt.Sprintf("concurrent: Every %v, want more than 0", d))
	case f == nil:
		panic("concurrent: Every of a nil function")
	}
	t := &Timer{
		f:      func() { f(ctx) },
		delay:  d,
		repeat: true,
		ended:  func() bool { return ctx.Err() != nil },
	}
	forget := context.AfterFunc(ctx, func() { t.Cancel() }) // not under the lock: ctx may be of the user's making
	t.mu.Lock()
	t.forget = forget
	t.mu.Unlock()
	t.Start()
	return t
}

// Start starts the time of a timer made by [NewTimer]. A timer that was canceled
// before stays canceled. Start panics when the timer was started before. A timer of
// [Every] is already started.
func (t *Timer) Start() {
	t.mustBeMade()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.started {
		panic("concurrent: Timer.Start of a started Timer")
	}
	t.started = true
	if t.canceled {
		return
	}
	t.due = time.Now().Add(t.delay)
	t.clock = time.AfterFunc(t.delay, t.fire)
}

// Cancel prevents all further calls of f. It returns true when f does not run and
// never will. It returns false when f is running, which [Timer.Join] waits for, and
// when a timer of NewTimer has called f. Cancel does not block. It may be called by
// f, and more than once.
func (t *Timer) Cancel() bool {
	t.mustBeMade()
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

// Join blocks until f does not run and never will again. That is so after the only
// call of f, after Cancel, and after the end of the context of Every. When ctx ends
// first, Join returns context.Cause(ctx). f must not call Join: it would wait for
// itself.
func (t *Timer) Join(ctx context.Context) error {
	t.mustBeMade()
	return t.over.Wait(ctx)
}

// mustBeMade panics for a zero Timer, whose Join would wait forever.
func (t *Timer) mustBeMade() {
	if t.f == nil {
		panic("concurrent: Timer not made by NewTimer or Every")
	}
}

// fire is what the clock calls, each time in a goroutine of its own.
func (t *Timer) fire() {
	ended := t.ended != nil && t.ended()
	t.mu.Lock()
	if ended && !t.canceled {
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
