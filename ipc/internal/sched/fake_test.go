package sched

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A job is the passage of a fake call, and what the fake process does with it.
type job struct {
	name  string
	takes time.Duration // of the process's time
	until chan struct{} // if not nil, what the job waits for instead
	dies  bool          // the process dies of it

	worker *process // that has it
	state  int      // a jobState; guarded by worker.mu
	done   chan struct{}
	runs   int // how often a process has started it
}

const (
	posted = iota
	read
	started
	answered
	withdrawn
)

// A process is a fake worker process: it runs the jobs that it is posted in order, one at
// a time, each for as long as the job says.
type process struct {
	pool *pool
	w    *Worker[job]
	id   int

	mu        sync.Mutex
	jobs      []*job // posted, and not answered
	news      chan struct{}
	dismissed chan struct{}
	killed    chan struct{} // closed by Kill
	died      chan struct{} // closed when Gone has been called
	full      bool          // there is no room for anything
	stubborn  bool          // it does not go when it is let go
	stopped   chan struct{} // not nil: it starts nothing until this is closed
	kills     int
	closes    int
	leaders   atomic.Int32 // goroutines that wait for an answer
}

func (f *process) Post(j *job, alone bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full {
		return false
	}
	if n := len(f.jobs); alone && n > 0 && f.jobs[n-1].state != answered {
		panic(fmt.Sprintf("a call is alone behind %s", f.jobs[n-1].name))
	}
	j.worker, j.state, j.done = f, posted, make(chan struct{})
	f.jobs = append(f.jobs, j)
	f.wake()
	return true
}

func (f *process) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *process) Withdraw(j *job) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j.state > read {
		return false
	}
	j.state = withdrawn
	f.jobs = slices.DeleteFunc(f.jobs, func(other *job) bool { return other == j })
	return true
}

func (f *process) Ready(j *job) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return j.state == answered
}

func (f *process) Fate(j *job) (hasRead, hasStarted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return j.state >= read, j.state >= started
}

func (f *process) Dismiss() { close(f.dismissed) }

// Kill may be called more than once, as a signal may be sent.
func (f *process) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kills++; f.kills == 1 {
		close(f.killed)
	}
}

func (f *process) Close() { f.closes++ }

// run is the process's life.
func (f *process) run() {
	f.serve()
	f.pool.s.Gone(f.w)
	close(f.died)
}

func (f *process) serve() {
	dismissed := f.dismissed
	for {
		j := f.take()
		if j == nil {
			select {
			case <-f.killed:
				return
			case <-dismissed:
				if !f.stubborn {
					return
				}
				dismissed = nil
			case <-f.news:
			}
			continue
		}
		end := j.until
		var timer <-chan time.Time
		if end == nil {
			timer = time.After(j.takes)
		}
		select {
		case <-f.killed:
			return
		case <-end:
		case <-timer:
		}
		if j.dies {
			return
		}
		f.mu.Lock()
		f.jobs = f.jobs[1:]
		j.state = answered
		close(j.done)
		f.mu.Unlock()
	}
}

// take starts the oldest job, if there is one.
func (f *process) take() *job {
	f.mu.Lock()
	stopped := f.stopped
	f.mu.Unlock()
	if stopped != nil {
		select {
		case <-stopped:
		case <-f.killed:
			return nil
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.jobs) == 0 {
		return nil
	}
	j := f.jobs[0]
	j.state = started
	j.runs++
	return j
}

// answer blocks until j is answered, or its worker dead.
func (f *process) answer(j *job) bool {
	if f.leaders.Add(1) > 1 {
		panic("two calls lead one worker")
	}
	defer f.leaders.Add(-1)
	select {
	case <-j.done:
		return true
	case <-f.died:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return j.state == answered
}

var (
	errClosed = errors.New("closed")
	errStart  = errors.New("cannot start")
	errDied   = errors.New("the worker died")
)

// A pool is an owner of fake processes.
type pool struct {
	s *Scheduler[job]

	// Choices of a test.
	startTime time.Duration    // how long a start takes
	fails     func(n int) bool // whether start n fails
	prepare   *job             // run by each worker before it is ready
	farewell  *job             // and before it goes
	grace     time.Duration    // from the end of a call's ctx to the kill
	made      func(*process)   // called for each process before it is known

	mu        sync.Mutex
	starts    int
	processes []*process
	told      []string
}

// newPool returns a pool whose first worker is ready, and ends it with the test.
func newPool(t *testing.T, o Options, setup ...func(*pool)) *pool {
	t.Helper()
	p := prepared(o, setup...)
	require.NoError(t, p.s.Begin(t.Context()))
	t.Cleanup(func() { p.end(t) })
	synctest.Wait()
	return p
}

// prepared returns a pool that has not begun.
func prepared(o Options, setup ...func(*pool)) *pool {
	o.Closed = errClosed
	if o.Idle == 0 {
		o.Idle = -1
	}
	p := &pool{}
	for _, f := range setup {
		f(p)
	}
	owner := Owner[job]{Start: p.start, Tell: p.tell}
	if p.farewell != nil {
		owner.Finish = func(w *Worker[job]) { p.errand(w, *p.farewell) }
	}
	p.s = New(owner, o)
	return p
}

// end closes the pool and looks at what it has left.
func (p *pool) end(t *testing.T) {
	p.s.Close()
	synctest.Wait()
	s := p.s.Stats()
	require.Zero(t, s.Workers+s.Spare+s.Idle+s.Waiting)
	require.Empty(t, p.s.workers)
	require.Zero(t, p.s.calls)
	for _, f := range p.all() {
		require.Equal(t, Gone, f.w.phase)
		require.Zero(t, f.w.queue.len())
		require.Equal(t, 1, f.closes, "link %d is closed once", f.id)
	}
}

func (p *pool) all() []*process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.processes)
}

// alive returns the numbers of the workers in a phase, in order of age.
func (p *pool) alive(some ...Phase) (ids []int) {
	p.s.Each(func(w *Worker[job]) {
		if len(some) == 0 || slices.Contains(some, w.Phase()) {
			ids = append(ids, w.Link().(*process).id)
		}
	})
	return ids
}

func (p *pool) start(w *Worker[job]) error {
	p.mu.Lock()
	n := p.starts
	p.starts++
	f := &process{
		pool: p, w: w, id: n, news: make(chan struct{}, 1), dismissed: make(chan struct{}),
		killed: make(chan struct{}), died: make(chan struct{}),
	}
	if p.made != nil {
		p.made(f)
	}
	fails := p.fails != nil && p.fails(n)
	if !fails {
		p.processes = append(p.processes, f)
	}
	p.mu.Unlock()
	if fails {
		time.Sleep(p.startTime)
		return errStart
	}
	p.s.Born(w, f)
	go f.run()
	select {
	case <-time.After(p.startTime):
	case <-f.died:
		return errStart
	}
	if p.prepare == nil {
		return nil
	}
	if p.errand(w, *p.prepare) != nil {
		f.Kill()
		<-f.died
		return errStart
	}
	return nil
}

// errand runs a job on w.
func (p *pool) errand(w *Worker[job], j job) error {
	c := NewCall[job]()
	c.Passage = j
	if !p.s.Errand(w, c) {
		return errDied
	}
	p.lead(context.Background(), c)
	if c.End() == Answered {
		return nil
	}
	return p.s.GiveUp(c, errDied)
}

func (p *pool) tell(news News, w *Worker[job], err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch news {
	case Began:
		p.told = append(p.told, "began")
	case NotBegun:
		p.told = append(p.told, "not begun: "+err.Error())
	case Ended:
		p.told = append(p.told, "ended "+w.Why().String())
	}
}

// news returns what the pool was told, and forgets it.
func (p *pool) news() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := p.told
	p.told = nil
	return told
}

// lead waits for the answer to c, as an owner does, and kills when ctx ends.
func (p *pool) lead(ctx context.Context, c *Call[job]) {
	f := c.Worker().Link().(*process)
	done := make(chan struct{})
	doomed := make(chan bool, 1)
	go func() {
		select {
		case <-done:
			doomed <- false
			return
		case <-ctx.Done():
		}
		select {
		case <-done:
			doomed <- false
		case <-time.After(p.grace):
			doomed <- p.s.Doom(c, false)
		}
	}()
	ok := f.answer(&c.Passage)
	if !ok {
		p.s.Kill(c.Worker(), Unasked)
	}
	close(done)
	if <-doomed || !ok {
		<-f.died
	}
	if ok {
		p.s.Answered(c)
	} else {
		p.s.Lost(c)
	}
}

// call makes a call as an owner does, and returns the worker that has answered it.
func (p *pool) call(ctx context.Context, j job) (worker int, err error) {
	c := NewCall[job]()
	c.Passage = j
	if err := p.s.Enter(c); err != nil {
		return -1, err
	}
	return p.complete(ctx, c)
}

// complete waits for the end of a call that was entered.
func (p *pool) complete(ctx context.Context, c *Call[job]) (worker int, err error) {
	for {
		if p.s.Await(ctx, c) {
			p.lead(ctx, c)
		}
		switch c.End() {
		case Answered:
			return c.Worker().Link().(*process).id, nil
		case Refused, GivenUp:
			return -1, c.Err()
		case Started:
			if ctx.Err() != nil {
				return -1, p.s.GiveUp(c, context.Cause(ctx))
			}
			return -1, p.s.GiveUp(c, errDied)
		}
		if ctx.Err() != nil {
			return -1, p.s.GiveUp(c, context.Cause(ctx))
		}
		if err := p.s.Retry(c); err != nil {
			return -1, err
		}
	}
}

// A future is a call that a goroutine of its own makes.
type future struct {
	c      *Call[job]
	done   chan struct{}
	worker int
	err    error
}

// enter makes a call in the background. It is in line, or has a worker, when enter returns.
func (p *pool) enter(t *testing.T, ctx context.Context, j job) *future {
	t.Helper()
	f := &future{c: NewCall[job](), done: make(chan struct{})}
	f.c.Passage = j
	require.NoError(t, p.s.Enter(f.c))
	go func() {
		defer close(f.done)
		f.worker, f.err = p.complete(ctx, f.c)
	}()
	return f
}

// has returns how many calls a worker has.
func (p *pool) has(worker int) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, w := range p.s.workers {
		if f, ok := w.link.(*process); ok && f.id == worker {
			return w.queue.len()
		}
	}
	return 0
}

// on returns the number of the worker that has the call, −1 for none.
func (p *pool) on(c *future) int {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if c.c.worker == nil {
		return -1
	}
	return c.c.worker.link.(*process).id
}

// over reports whether the call has ended.
func (f *future) over() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// quick is a job that takes no time to speak of, slow one that takes an hour.
var (
	quick = job{name: "quick", takes: 10 * time.Microsecond}
	slow  = job{name: "slow", takes: time.Hour}
)

// held returns a job that ends when the channel is closed.
func held(name string) (job, chan struct{}) {
	until := make(chan struct{})
	return job{name: name, until: until}, until
}

// bubble runs a test in a bubble of its own time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}
