package ioloop

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Run makes a loop, calls main in a goroutine of its own, and runs the loop until main
// has returned. It returns main's error. When ctx ends, main's ctx does, and the loop
// runs on until main returns. Afterwards the loop is closed.
//
// A panic of main, or of a callback when Options.Panic is nil, is raised by Run after the
// loop was closed and main has returned. Python: asyncio.run.
func Run(ctx context.Context, main func(context.Context, *Loop) error, options ...Options) error {
	l, err := New(options...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	var caught *panics.Caught
	go func() {
		defer close(done)
		defer l.Stop()
		caught = panics.Try(func() { err = main(ctx, l) }, func(c *panics.Caught) { caught = c })
	}()
	returned := false
	defer func() {
		if !returned { // a callback panicked or called Goexit: Run has closed the loop
			cancel(ErrClosed)
			<-done
		}
	}()
	runErr := l.Run(context.Background())
	closeErr := l.Close()
	<-done
	returned = true
	caught.Raise()
	if err == nil {
		err = errors.Join(runErr, closeErr)
	}
	return err
}

// Run runs the loop in the calling goroutine until ctx ends or Stop is called. It returns
// the cause of ctx, or nil after Stop, and completes the turn that it is in. What is left
// then stays: Run can be called again, and Close ends it. Run returns [ErrClosed] after
// Close, and the error of a poller that failed.
//
// When a callback panics and Options.Panic is nil, Run closes the loop and panics with
// the *PanicError. Goexit of a callback closes the loop as well. Run panics when the loop
// is running already. Python: loop.run_forever.
func (l *Loop) Run(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	defer context.AfterFunc(ctx, l.wake)()
	done := ctx.Done()
	if err := l.enter(); err != nil {
		return err
	}
	finished := false
	defer func() {
		failed := l.failed // the loop is another goroutine's once it is left
		l.leave()
		if !finished || failed != nil { // Goexit, or a panic, which Close raises
			l.Close()
		}
	}()
	err := l.onRing(func() error { return l.loop(done) })
	finished = true
	switch {
	case err != nil || l.failed != nil:
		return err
	case l.stop.Swap(false):
		select {
		case <-l.closing:
			return ErrClosed
		default:
			return nil
		}
	}
	return context.Cause(ctx)
}

// onRing calls f while the ring runs, if there is one.
func (l *Loop) onRing(f func() error) (err error) {
	if l.ring == nil {
		return f()
	}
	if err := l.ring.start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.ring.stop()) }()
	return f()
}

// enter says that the loop runs.
func (l *Loop) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.state {
	case closed:
		return ErrClosed
	case running:
		panic(fmt.Sprintf("ioloop: Run called while %s runs the loop", l.runner))
	}
	l.state, l.runner, l.left = running, goroutine(), make(chan struct{})
	return nil
}

// leave says that the loop does not run any more.
func (l *Loop) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == running {
		l.state = resting
	}
	close(l.left)
}

// loop takes turns until it is told to stop, done is closed, or something fails.
func (l *Loop) loop(done <-chan struct{}) error {
	for {
		events, err := l.await()
		if err != nil {
			return wrap(err)
		}
		l.takeTurn(events)
		if l.failed != nil || l.stop.Load() {
			return nil
		}
		select {
		case <-done:
			return nil
		default:
		}
	}
}

// await waits until there is something to do.
func (l *Loop) await() (iter.Seq[poll.Event], error) {
	var alarm time.Time
	if at, ok := l.wheel.Next(); ok {
		alarm = l.origin.Add(time.Duration(at))
	}
	l.stats.timers.Store(int64(l.wheel.Len()))
	if l.ring != nil {
		return l.awaitRing(alarm)
	}
	if alarm != l.alarm {
		l.alarm = alarm
		l.poller.WakeAt(alarm)
	}
	if len(l.soon) > 0 || len(l.dirty) > 0 || l.stop.Load() {
		return l.poller.TryWait()
	}
	l.waiting = true
	events, err := l.poller.Wait(context.Background())
	l.waiting = false
	return events, err
}

// awaitRing is await with a ring, which waits instead of the poller.
func (l *Loop) awaitRing(alarm time.Time) (iter.Seq[poll.Event], error) {
	d := time.Duration(-1)
	switch {
	case len(l.soon) > 0 || len(l.dirty) > 0 || l.stop.Load():
		d = 0
	case !alarm.IsZero():
		d = max(0, time.Until(alarm))
	}
	l.waiting = true
	err := l.ring.await(d)
	l.waiting = false
	return l.ring.events, err
}

// takeTurn calls what there is to call: events, timers, functions of the turn before, and
// posted ones, in this order. What these schedule is for the next turn.
func (l *Loop) takeTurn(events iter.Seq[poll.Event]) {
	l.now = time.Now()
	l.stats.turns.Add(1)
	l.ready, l.soon = l.soon, l.ready[:0]
	l.due = l.wheel.Expire(l.since(l.now), l.due[:0])
	l.posted = l.mailbox.take(l.posted[:0])
	l.stats.posted.Add(int64(len(l.posted)))
	l.guard(func() { events(l.event) })
	l.guard(l.runTimers)
	l.guard(l.runReady)
	l.guard(l.runPosted)
	l.guard(l.flush)
}
