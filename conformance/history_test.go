package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/fanfold/fanfold/concurrent"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A call is what a client asked for, an answer what it got.
type call struct {
	do string
	n  int
}

type answer struct {
	n     int
	err   string // "": it took effect; gaveUp, or what the primitive said
	alone bool   // no other call was under way at any time during this one
}

const (
	gaveUp = "gave up" // the context ended: this must have taken no effect
	no     = "no"      // what a Try… that does not get it says
)

var errGaveUp = errors.New("the client gave up")

// answerOf is the answer of a call that returned err.
func answerOf(n int, err error) answer {
	switch {
	case err == nil:
		return answer{n: n}
	case errors.Is(err, errGaveUp):
		return answer{err: gaveUp}
	case errors.Is(err, concurrent.ErrFull), errors.Is(err, concurrent.ErrEmpty):
		return answer{err: no}
	case errors.Is(err, concurrent.ErrClosed):
		return answer{err: "shutdown"}
	case errors.Is(err, concurrent.ErrBroken):
		return answer{err: "broken"}
	}
	return answer{err: err.Error()}
}

// tried is the answer of a Try….
func tried(ok bool) answer {
	if ok {
		return answer{}
	}
	return answer{err: no}
}

// A model says which answers a primitive may give, one call after the other, and
// what becomes of it. Its states are comparable.
type model[S comparable] struct {
	begin S
	step  func(s S, c call, a answer) (S, bool)
}

func (m model[S]) porcupine() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return m.begin },
		Step: func(state, in, out any) (bool, any) {
			a := out.(answer)
			if a.err == gaveUp {
				return true, state
			}
			next, ok := m.step(state.(S), in.(call), a)
			return ok, next
		},
	}
}

// A tester is a *testing.T, or its stand-in in another process.
type tester interface {
	require.TestingT
	Helper()
}

// A round is one history: some clients that use a primitive at the same time.
type round struct {
	t     tester
	clock func() time.Duration // the same for all clients
	all   sync.WaitGroup
	mu    sync.Mutex
	ops   []porcupine.Operation
	count int // clients

	// hasty ends the context of one who waits. Others call it just before or after
	// something that may be what that one waits for: where both meet is where
	// wake-ups get lost.
	hasty atomic.Pointer[context.CancelCauseFunc]
}

func (r *round) hurry() {
	if cancel := r.hasty.Swap(nil); cancel != nil {
		(*cancel)(errGaveUp)
	}
}

// A client makes one call after the other.
type client struct {
	*rand.Rand
	round *round
	id    int
	ops   []porcupine.Operation
}

// client starts a client.
func (r *round) client(f func(c *client)) {
	c := &client{Rand: rand.New(rand.NewPCG(rand.Uint64(), 0)), round: r, id: r.count}
	r.count++
	r.all.Go(func() {
		defer c.end()
		f(c)
	})
}

func (c *client) end() {
	c.round.mu.Lock()
	defer c.round.mu.Unlock()
	c.round.ops = append(c.round.ops, c.ops...)
}

// call makes a call and notes when, and what came of it.
func (c *client) call(do string, n int, f func() answer) answer {
	hurry := c.IntN(4)
	switch hurry {
	case 0:
		runtime.Gosched()
	case 1:
		c.round.hurry()
	}
	begin := c.round.clock()
	a := f()
	end := c.round.clock()
	if hurry == 2 {
		c.round.hurry()
	}
	c.ops = append(c.ops, porcupine.Operation{ClientId: c.id, Input: call{do, n}, Call: int64(begin), Output: a, Return: int64(end)})
	return a
}

// impatient returns a context that ends soon, has ended already, or ends while the
// call is on its way.
func (c *client) impatient() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	switch n := c.IntN(8); n {
	case 0:
		cancel(errGaveUp)
	case 1, 2:
		go cancel(errGaveUp)
	case 3, 4, 5, 6:
		c.round.hasty.Store(&cancel)
		fallthrough // in case nobody does it
	default:
		timer := time.AfterFunc(time.Duration(c.IntN(60))*time.Microsecond, func() { cancel(errGaveUp) })
		return ctx, func() { timer.Stop(); cancel(errGaveUp) }
	}
	return ctx, func() { cancel(errGaveUp) }
}

// linger lets others run, so that they come to wait for what c has.
func (c *client) linger() {
	for range c.IntN(4) {
		runtime.Gosched()
	}
}

// patience is how long a client may wait that no context cuts short: others call
// what it waits for, and a wake-up that was lost never comes.
const patience = 10 * time.Second

// finish waits for the clients.
func (r *round) finish() {
	r.t.Helper()
	done := make(chan struct{})
	go func() { r.all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		stacks := make([]byte, 1<<16)
		require.FailNow(r.t, "a client waits for something that has come", string(stacks[:runtime.Stack(stacks, true)]))
	}
}

// histories plays rounds until the budget is used up, and returns how many: play
// starts the clients of a round and returns what is called, as a client of its own,
// when they are through. What came of it is then for check.
func histories(t *testing.T, play func(r *round) (last func(c *client)), check func(r *round)) (rounds int) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < *budget || rounds < 10; rounds++ {
		begin := time.Now()
		r := &round{t: t, clock: func() time.Duration { return time.Since(begin) }}
		last := play(r)
		r.finish()
		r.client(last)
		r.finish()
		check(r)
		if t.Failed() {
			t.FailNow()
		}
	}
	return rounds
}

// linearizable makes histories. Each must be one that the model allows in some
// order of its calls.
func linearizable[S comparable](t *testing.T, m model[S], play func(r *round) (last func(c *client))) {
	t.Helper()
	calls, unknown := 0, 0
	rounds := histories(t, play, func(r *round) {
		t.Helper()
		markAlone(r.ops)
		calls += len(r.ops)
		switch porcupine.CheckOperationsTimeout(m.porcupine(), r.ops, 2*time.Second) {
		case porcupine.Illegal:
			require.FailNow(t, "in no order", text(r.ops))
		case porcupine.Unknown:
			unknown++
		}
	})
	t.Logf("%d calls in %d histories, %d of them too hard to check", calls, rounds, unknown)
	assert.LessOrEqual(t, 10*unknown, rounds, "ten times the histories that were too hard to check")
}

// markAlone finds the calls that no other overlaps, and sorts all by their begin.
func markAlone(ops []porcupine.Operation) {
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	latest := int64(-1)
	for i, op := range ops {
		if op.Call > latest && (i+1 == len(ops) || ops[i+1].Call > op.Return) {
			a := op.Output.(answer)
			a.alone = true
			ops[i].Output = a
		}
		latest = max(latest, op.Return)
	}
}

// text is a history as lines.
func text(ops []porcupine.Operation) string {
	var s strings.Builder
	for _, op := range ops {
		in, out := op.Input.(call), op.Output.(answer)
		fmt.Fprintf(&s, "%9d to %9d ns, client %d: %s(%d) = %d %s\n", op.Call, op.Return, op.ClientId, in.do, in.n, out.n, out.err)
	}
	return s.String()
}
