package ipc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// newRingDouble returns a worker without a process, the worker's side of its
// ring, and what ends it as a death would.
func newRingDouble(t *testing.T, p *Pool) (w *worker, far *ringServer, die func()) {
	t.Helper()
	w, _, die = newDouble(t, p)
	near := w.transport.(*pipes)
	ours, memory, err := newRingPool(near, p.options.Workers+1 < runtime.NumCPU())
	require.NoError(t, err)
	theirs, err := mapRing(int(memory.Fd()))
	require.NoError(t, err)
	memory.Close()
	w.transport = ours
	replyW, err := os.OpenFile(fmt.Sprint("/proc/self/fd/", near.reply.Fd()), os.O_WRONLY, 0)
	require.NoError(t, err)
	t.Cleanup(func() {
		replyW.Close()
		_ = unix.Munmap(theirs.mem)
	})
	return w, &ringServer{
		pipeServer: &pipeServer{maxMessage: p.options.MaxMessage, requests: near.unread, replies: replyW},
		ring:       theirs, bell: newBell(theirs, ringWorkerBell, p.options.Workers+1 < runtime.NumCPU()), other: bell{word: theirs.word(ringPoolBell)},
	}, die
}

// newDoublePool returns a pool with one worker, a double.
func newDoublePool(t *testing.T) (p *Pool, w *worker, far *ringServer, die func()) {
	p = &Pool{workers: 1, options: PoolOptions{Workers: 1, Launch: Launch{MaxMessage: 1 << 20, Grace: time.Hour}}, live: map[*worker]bool{}}
	p.changed.L = &p.mu
	w, far, die = newRingDouble(t, p)
	p.live[w] = true
	p.crew, p.idle = []*worker{w}, []*worker{w}
	return p, w, far, die
}

// The memory cannot change its size under those who use it, and has no name.
func TestRingMemory(t *testing.T) {
	before := mappings(t)
	r, fd, err := newRing()
	require.NoError(t, err)
	require.Equal(t, before+1, mappings(t))
	for _, size := range []int64{0, ringSize - 1, ringSize + 1} {
		require.Equal(t, unix.EPERM, unix.Ftruncate(fd, size))
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE)
	require.Equal(t, unix.EPERM, err)
	require.NoError(t, unix.Close(fd))
	require.NoError(t, unix.Munmap(r.mem))
	require.Equal(t, before, mappings(t))
}

// mappings returns how many rings this process has mapped.
func mappings(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	return strings.Count(string(text), "fanfold-ring")
}

// A pool that is to use pipes has no ring.
func TestRingUnwanted(t *testing.T) {
	for pipes, rings := range map[bool]int{false: 1, true: 0} {
		before := mappings(t)
		p, err := NewPool(context.Background(), PoolOptions{Workers: 1, NoSharedMemory: pipes})
		require.NoError(t, err)
		require.Equal(t, before+rings, mappings(t))
		require.NoError(t, p.Shutdown(context.Background()))
	}
}

// How far a worker got with a call decides what the call may hope for, and what
// those behind it may.
func TestRingEndings(t *testing.T) {
	steps := []struct {
		name string
		step func(t *testing.T, s *ringServer)
		want ending
	}{
		{"nothing", func(*testing.T, *ringServer) {}, untouched},
		{"read", func(t *testing.T, s *ringServer) { receive(t, s) }, untouched},
		{"started", func(t *testing.T, s *ringServer) { receive(t, s); require.NoError(t, s.start()) }, diedRunning},
		{"answered", func(t *testing.T, s *ringServer) {
			f := receive(t, s)
			require.NoError(t, s.start())
			require.NoError(t, s.reply(&frame{kind: frameResult, call: f.call}))
		}, answered},
	}
	for _, c := range steps {
		for _, size := range []int{0, 100, 2 * slotSize} {
			t.Run(fmt.Sprint(c.name, " ", size), func(t *testing.T) {
				p, w, far, die := newDoublePool(t)
				w.depth = maxDepth
				first := newPending(t.Context(), Call{Func: "first", In: make([]byte, size)})
				p.mu.Lock()
				p.place(first, false)
				p.mu.Unlock()
				second := enqueue(p, "second", false)
				done := make(chan struct{})
				go func() { p.await(t.Context(), first); close(done) }()
				if size > slotSize {
					state, _ := far.ring.slot(0)
					require.Eventually(t, func() bool { return state.Load() != slotFree }, 10*time.Second, time.Millisecond)
				}
				c.step(t, far)
				die()
				<-done
				want := c.want
				if size > slotSize && c.name == "read" {
					want = unstarted // what a pipe has given cannot be had back
				}
				require.Equal(t, want, first.end)
				p.mu.Lock()
				state, line := second.state.Load(), p.waiting.n
				p.mu.Unlock()
				if want == answered && state == leading { // it had the worker, or got it just before it died
					p.await(t.Context(), second)
					require.Equal(t, untouched, second.end)
				} else {
					require.EqualValues(t, queued, state)
					require.Equal(t, 1, line, "it waits for another worker, and nothing is held against it")
				}
			})
		}
	}
}

func receive(t *testing.T, s *ringServer) frame {
	f, err := s.receive()
	require.NoError(t, err)
	return f
}

// A call that is withdrawn is not run, whatever the worker had seen of it, and
// its place is there for others.
func TestWithdrawnSlots(t *testing.T) {
	p, w, far, die := newDoublePool(t)
	defer die()
	w.depth = maxDepth
	cause := errors.New("changed my mind")
	first := enqueue(p, "first", false)
	f := receive(t, far)
	require.Equal(t, "first", f.name)
	require.NoError(t, far.start())
	for range 3 * ringSlots { // the youngest: its slot is there again at once
		c := enqueue(p, "withdrawn", false)
		require.Equal(t, w, c.w)
		p.leave(c, cause)
		require.Equal(t, cause, c.err)
	}
	old := enqueue(p, "old", false)
	last := enqueue(p, "last", false)
	p.leave(old, cause) // not the youngest
	require.NoError(t, far.reply(&frame{kind: frameResult, call: f.call}))
	p.await(t.Context(), first)

	f = receive(t, far)
	require.Equal(t, "last", f.name)
	p.leave(last, cause) // after it was read
	again := enqueue(p, "again", false)
	require.Equal(t, last.slot, again.slot)
	require.Equal(t, errWithdrawn, far.start())
	f = receive(t, far)
	require.Equal(t, "again", f.name)
	require.NoError(t, far.start())
	p.leave(again, cause)
	require.EqualValues(t, leading, again.state.Load(), "too late")
	require.NoError(t, far.reply(&frame{kind: frameResult, call: f.call, body: []byte("result")}))
	p.await(t.Context(), again)
	require.Equal(t, "result", string(again.Reply.body))
	require.Zero(t, w.queue.n)
	require.Equal(t, []*worker{w}, p.idle)
}

// serve answers calls with their arguments until it is told to end, and counts
// how often each was run.
func (s *ringServer) serve(runs []atomic.Int32) error {
	for {
		f, err := s.receive()
		if err == nil {
			err = s.start()
		}
		switch err {
		case nil:
			runs[binary.LittleEndian.Uint32(f.body)].Add(1)
			if err := s.reply(&frame{kind: frameResult, call: f.call, body: append([]byte(nil), f.body...)}); err != nil {
				return err
			}
		case errWithdrawn:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// Many calls of all sizes, of which many change their mind at any moment: each
// is run once and answered, or never.
func TestRingCalls(t *testing.T) {
	p, w, far, _ := newDoublePool(t)
	callers, each := 48, 400
	runs := make([]atomic.Int32, callers*each)
	served := make(chan error, 1)
	go func() { served <- far.serve(runs) }()
	var all sync.WaitGroup
	var done, left atomic.Int32
	for g := range callers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range each {
				n := g*each + i
				in := make([]byte, 4+r.IntN(200))
				if r.IntN(50) == 0 {
					in = make([]byte, slotSize-100+r.IntN(200))
				}
				binary.LittleEndian.PutUint32(in, uint32(n))
				ctx, cancel := context.WithCancel(t.Context())
				if r.IntN(3) == 0 {
					go cancel()
				}
				out, err := p.Carry(ctx, Call{Func: "echo", In: in})
				cancel()
				switch {
				case err == nil && string(out.Out) != string(in):
					t.Errorf("call %d: a result of %d bytes", n, len(out.Out))
				case err == nil && runs[n].Load() != 1:
					t.Errorf("call %d succeeded and was run %d times", n, runs[n].Load())
				case err == nil:
					done.Add(1)
				case !errors.Is(err, context.Canceled) || runs[n].Load() != 0:
					t.Errorf("call %d failed and was run %d times: %v", n, runs[n].Load(), err)
				default:
					left.Add(1)
				}
			}
		})
	}
	all.Wait()
	w.transport.Dismiss()
	require.NoError(t, <-served)
	t.Logf("%d calls done, %d left", done.Load(), left.Load())
	require.Zero(t, p.calls)
	require.Zero(t, p.waiting.n)
	require.Equal(t, []*worker{w}, p.idle)
}

// Whatever a worker writes into its ring, the pool notices or gets a wrong
// answer from it, and goes on.
func TestScribbledSlot(t *testing.T) {
	long := frame{kind: frameResult, call: 1, body: make([]byte, slotSize)}
	cases := map[string]func(*atomic.Uint32, uint32, []byte){
		"a state that there is not": func(state *atomic.Uint32, stamp uint32, _ []byte) { state.Store(stamp | 7) },
		"withdrawn by the worker":   func(state *atomic.Uint32, stamp uint32, _ []byte) { state.Store(stamp | slotWithdrawn) },
		"freed by the worker":       func(state *atomic.Uint32, _ uint32, _ []byte) { state.Store(slotFree) },
		"another stamp":             func(state *atomic.Uint32, stamp uint32, _ []byte) { state.Store(stamp + slotStamp | slotDone) },
		"no frame": func(state *atomic.Uint32, stamp uint32, space []byte) {
			clear(space)
			state.Store(stamp | slotDone)
		},
		"its own call": func(state *atomic.Uint32, stamp uint32, _ []byte) { state.Store(stamp | slotDone) },
		"an answer to another call": func(state *atomic.Uint32, stamp uint32, space []byte) {
			put(space, &frame{kind: frameResult, call: 77})
			state.Store(stamp | slotDone)
		},
		"a name": func(state *atomic.Uint32, stamp uint32, space []byte) {
			put(space, &frame{kind: frameResult, call: 1, name: "name"})
			state.Store(stamp | slotDone)
		},
		"a body longer than the slot": func(state *atomic.Uint32, stamp uint32, space []byte) {
			appendFrame(space[:0], &long)
			state.Store(stamp | slotDone)
		},
		"a body longer than memory": func(state *atomic.Uint32, stamp uint32, space []byte) {
			put(space, &frame{kind: frameResult, call: 1})
			binary.LittleEndian.PutUint64(space[24:], 1<<63)
			state.Store(stamp | slotDone)
		},
	}
	for name, scribble := range cases {
		t.Run(name, func(t *testing.T) {
			p, w, far, die := newDoublePool(t)
			w.depth = maxDepth
			c := enqueue(p, "first", false)
			behind := enqueue(p, "behind", false)
			state, space := far.ring.slot(0)
			go func() {
				scribble(state, c.stamp, space)
				far.other.ring()
				die()
			}()
			p.await(t.Context(), c)
			require.ErrorIs(t, c.err, ErrProcessDied)
			require.ErrorContains(t, c.err, "protocol violation")
			require.Equal(t, diedRunning, c.end)
			require.Nil(t, behind.w, "it goes to another worker")
		})
	}
}

// A call that does not fit into a slot has the worker to itself.
func TestLargeInRing(t *testing.T) {
	for _, sizes := range [][2]int{{0, 2 * slotSize}, {2 * slotSize, 0}, {2 * slotSize, 2 * slotSize}} {
		p, w, _, _ := newDoublePool(t)
		w.depth = maxDepth
		for _, size := range sizes {
			p.mu.Lock()
			p.place(newPending(t.Context(), Call{Func: "call", In: make([]byte, size)}), false)
			p.mu.Unlock()
		}
		require.Equal(t, 1, w.queue.n)
		require.Equal(t, 1, p.waiting.n)
		first := w.queue.first
		p.leave(first, io.EOF) // nobody waits for it yet
		require.Equal(t, io.EOF, first.err)
		require.Equal(t, 1, w.queue.n, "the next one has its place")
		require.Equal(t, first.slot, w.queue.first.slot)
	}
}

// Calls wait for workers that are still to come, and not behind others.
func TestRingFirstOfTwo(t *testing.T) {
	p, w, _, _ := newDoublePool(t)
	w.depth = maxDepth
	p.workers, p.starting = 2, 1
	enqueue(p, "first", false)
	require.Nil(t, enqueue(p, "second", false).w)
	p.crew, p.starting = append(p.crew, &worker{}), 0
	p.refill(w)
	require.Equal(t, 2, w.queue.n)
	require.Zero(t, p.waiting.n)
}

// answers has the far side answer the next n calls.
func (s *ringServer) answers(t *testing.T, n int) {
	for range n {
		f := receive(t, s)
		require.NoError(t, s.start())
		require.NoError(t, s.reply(&frame{kind: frameResult, call: f.call}))
	}
}

// Whoever leads takes along what else was answered.
func TestRingCollects(t *testing.T) {
	p, w, far, die := newDoublePool(t)
	defer die()
	w.depth = maxDepth
	var calls []*pending
	for range 4 {
		calls = append(calls, enqueue(p, "call", false))
	}
	far.answers(t, 3)
	p.await(t.Context(), calls[0])
	for i, want := range []int32{settled, settled, settled, leading} {
		require.Equal(t, want, calls[i].state.Load())
	}
}

// What waited behind the call that a worker died of goes to one that has nothing
// to do, and what was started, against all order, to nobody.
func TestRingHeirs(t *testing.T) {
	p, w, far, die := newDoublePool(t)
	w.depth = maxDepth
	first, second, third := enqueue(p, "first", false), enqueue(p, "second", false), enqueue(p, "third", false)
	receive(t, far)
	require.NoError(t, far.start())
	state, _ := far.ring.slot(second.slot)
	state.Store(second.stamp | slotStarted)
	heir, _, _ := newRingDouble(t, p)
	p.mu.Lock()
	p.idle = append(p.idle, heir)
	p.mu.Unlock()
	die()
	p.await(t.Context(), first)
	require.Equal(t, diedRunning, first.end)
	p.await(t.Context(), second)
	require.Equal(t, diedRunning, second.end)
	require.EqualValues(t, leading, third.state.Load())
	require.Same(t, heir, third.w)
}

// A worker that was killed is not given to anybody, even if it answered.
func TestRingTooLate(t *testing.T) {
	p, w, far, die := newDoublePool(t)
	p.options.Grace = -1
	ctx, cancel := context.WithCancel(t.Context())
	c := enqueue(p, "call", false)
	var dead atomic.Bool
	go func() {
		cancel()
		for !w.overdue.Load() {
			runtime.Gosched()
		}
		far.answers(t, 1)
		time.AfterFunc(20*time.Millisecond, func() {
			dead.Store(true)
			die()
		})
	}()
	for c.state.Load() == leading { // its owner looks only at the answer
		p.lead(ctx, c)
	}
	require.True(t, dead.Load())
	require.Equal(t, answered, c.end)
	require.NoError(t, c.err)
	require.Empty(t, p.idle)
}

// A worker of which nothing can be had any more, and that has no calls, is
// killed, and the call waits for another.
func TestNoRoom(t *testing.T) {
	p, w, far, _ := newDoublePool(t)
	for n := range ringSlots {
		state, _ := far.ring.slot(uint32(n))
		state.Store(7)
	}
	p.options.Workers = 0 // start nobody
	c := enqueue(p, "call", false)
	require.Nil(t, c.w)
	require.Equal(t, 1, p.waiting.n)
	require.Zero(t, w.queue.n)
	require.Empty(t, p.idle)
}

// A side that is about to sleep sees what was done before, and is woken by what
// is done after.
func TestBell(t *testing.T) {
	for _, spin := range []int{0, minSpin} {
		r, fd, err := newRing()
		require.NoError(t, err)
		unix.Close(fd)
		word := r.word(0)
		ours, theirs := bell{word: r.word(ringPoolBell), spin: spin}, bell{word: r.word(ringPoolBell)}
		turns := uint32(20_000)
		if testing.Short() || runtime.GOMAXPROCS(0) == 1 {
			turns = 500 // who sleeps here keeps the one processor from the other for a while
		}
		go func() {
			for n := uint32(1); n <= turns; n++ {
				for word.Load() != 2*n-1 {
					time.Sleep(0)
				}
				word.Swap(2 * n)
				theirs.ring()
			}
		}()
		for n := uint32(1); n <= turns; n++ {
			word.Store(2*n - 1)
			start := time.Now()
			ours.wait(func() bool { return word.Load() == 2*n })
			require.Less(t, time.Since(start), time.Second, "it was not woken, but woke by itself")
		}
		require.EqualValues(t, awake, ours.word.Load()&^asleep)
		require.NoError(t, unix.Munmap(r.mem))
	}
}

// Quick calls are sent ahead of time, slow ones are not, and what waits behind
// one that turns out to be slow moves on.
func TestDepth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &worker{}
		for _, c := range []struct {
			took time.Duration
			n    int
			want int
		}{
			{10 * time.Microsecond, 1, 20}, {10 * time.Microsecond, 100, maxDepth}, {aheadFor, 1, 1},
			{aheadFor + 1, 1, 0}, {time.Second, 64, 0}, {0, 1, maxDepth}, {64 * aheadFor, 64, 1},
		} {
			w.since, w.stalled = time.Now(), true
			time.Sleep(c.took)
			w.pace(c.n)
			require.Equal(t, c.want, w.depth, "%v for %d", c.took, c.n)
			require.False(t, w.stalled)
		}
	})
}

// Where there is no memory to share, workers have pipes, and nothing is left of the try.
func TestNoRingMemory(t *testing.T) {
	defer func(f func(*os.File) error) { reserve = f }(reserve)
	tries := 0
	reserve = func(*os.File) error { tries++; return unix.ENOSPC }
	defer func(was bool) { mainCalled.Store(was) }(mainCalled.Swap(true))
	rings := mappings(t)
	p, err := NewPool(context.Background(), PoolOptions{Workers: 1})
	require.NoError(t, err)
	require.Equal(t, 1, tries)
	require.Equal(t, rings, mappings(t))
	require.IsType(t, &pipes{}, p.crew[0].transport)
	got, err := inner.On(p)(t.Context(), 20)
	require.NoError(t, err)
	require.Equal(t, 21, got)
	require.NoError(t, p.Shutdown(context.Background()))
}

// inner is a function for tests within the package.
var inner = Func("ipc: inner", func(_ context.Context, n int) (int, error) { return n + 1, nil })
