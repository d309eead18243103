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
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// newRingPair returns the pool's side of a ring and the worker's, for calls of up to 1 MiB.
func newRingPair(t *testing.T) (near *ringPool, far *ringServer) {
	t.Helper()
	calls, replyW, err := newPipes(1 << 20)
	require.NoError(t, err)
	near, far, err = ringOn(calls, replyW)
	require.NoError(t, err)
	t.Cleanup(func() {
		near.Close()
		replyW.Close()
		_ = unix.Munmap(far.ring.mem)
	})
	return near, far
}

// ringOn adds a ring to pipes, and returns its two sides.
func ringOn(calls *pipes, replyW *os.File) (near *ringPool, far *ringServer, err error) {
	spin := 2 < runtime.NumCPU()
	ours, memory, err := newRingPool(calls, spin)
	if err != nil {
		return nil, nil, err
	}
	defer memory.Close()
	theirs, err := mapRing(int(memory.Fd()))
	return ours.(*ringPool), &ringServer{
		pipeServer: &pipeServer{maxMessage: 1 << 20, requests: calls.unread, replies: replyW},
		ring:       theirs, bell: newBell(theirs, ringWorkerBell, spin), other: bell{word: theirs.word(ringPoolBell)},
	}, err
}

// newRingDouble returns a pool of one double, which has a ring, and the worker's side of that.
func newRingDouble(t *testing.T) (p *Pool, d *double, far *ringServer) {
	t.Helper()
	var err error
	o := PoolOptions{Launch: Launch{MaxMessage: 1 << 20, Grace: time.Hour}}
	p, doubles := newDoubles(t, o, 1, func(d *double) {
		d.transport, far, err = ringOn(d.pipes, d.replyW)
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Munmap(far.ring.mem) })
	return p, doubles[0], far
}

// posted returns a call that was posted.
func (t *ringPool) posted(test *testing.T, name string, size int, alone bool) *passage {
	test.Helper()
	c := newPassage(context.Background(), &Call{Func: name, In: make([]byte, size)})
	require.True(test, t.Post(&c, alone))
	return &c
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
		name          string
		step          func(t *testing.T, s *ringServer)
		read, started bool
	}{
		{"nothing", func(*testing.T, *ringServer) {}, false, false},
		{"read", func(t *testing.T, s *ringServer) { receive(t, s) }, false, false},
		{"started", func(t *testing.T, s *ringServer) { receive(t, s); require.NoError(t, s.start()) }, true, true},
		{"answered", func(t *testing.T, s *ringServer) { s.answers(t, 1) }, true, true},
	}
	for _, c := range steps {
		for _, size := range []int{0, 100, 2 * slotSize} {
			t.Run(fmt.Sprint(c.name, " ", size), func(t *testing.T) {
				near, far := newRingPair(t)
				first := near.posted(t, "first", size, true)
				answered := make(chan error, 1)
				go func() { answered <- near.Answer(first) }()
				if size > slotSize {
					state, _ := far.ring.slot(0)
					require.Eventually(t, func() bool { return state.Load() != slotFree }, 10*time.Second, time.Millisecond)
				}
				var second *passage
				if size < slotSize {
					second = near.posted(t, "second", 0, false)
				}
				c.step(t, far)
				near.Ended()
				if err := <-answered; c.name == "answered" {
					require.NoError(t, err)
				} else {
					require.Error(t, err)
					read, started := near.Fate(first)
					require.Equal(t, c.read || size > slotSize && c.name == "read", read, "what a pipe has given cannot be had back")
					require.Equal(t, c.started, started)
				}
				if second != nil {
					read, started := near.Fate(second)
					require.False(t, read || started, "nothing is held against it")
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
	near, far := newRingPair(t)
	first := near.posted(t, "first", 0, true)
	f := receive(t, far)
	require.Equal(t, "first", f.name)
	require.NoError(t, far.start())
	for range 3 * ringSlots { // the youngest: its slot is there again at once
		require.True(t, near.Withdraw(near.posted(t, "withdrawn", 0, false)))
	}
	old, last := near.posted(t, "old", 0, false), near.posted(t, "last", 0, false)
	require.True(t, near.Withdraw(old)) // not the youngest
	require.False(t, near.Ready(first))
	require.NoError(t, far.reply(&frame{kind: frameResult, call: f.call}))
	require.NoError(t, near.Answer(first))

	f = receive(t, far)
	require.Equal(t, "last", f.name)
	require.True(t, near.Withdraw(last)) // after it was read
	again := near.posted(t, "again", 0, true)
	require.Equal(t, last.slot, again.slot)
	require.Equal(t, errWithdrawn, far.start())
	f = receive(t, far)
	require.Equal(t, "again", f.name)
	require.NoError(t, far.start())
	require.False(t, near.Withdraw(again), "too late")
	require.NoError(t, far.reply(&frame{kind: frameResult, call: f.call, body: []byte("result")}))
	require.True(t, near.Ready(again))
	require.Equal(t, "result", string(again.Reply.body))
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
	p, d, far := newRingDouble(t)
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
	d.transport.Dismiss()
	require.NoError(t, <-served)
	t.Logf("%d calls done, %d left", done.Load(), left.Load())
	require.Zero(t, p.Stats().Waiting)
	require.Equal(t, 1, p.Stats().Idle)
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
			binary.LittleEndian.PutUint64(space[headerSize-8:], 1<<63)
			state.Store(stamp | slotDone)
		},
	}
	for name, scribble := range cases {
		t.Run(name, func(t *testing.T) {
			p, d, far := newRingDouble(t)
			c := enter(t, t.Context(), p, Call{Func: "first"})
			state, space := far.ring.slot(0)
			go func() {
				scribble(state, c.Passage.stamp, space)
				far.other.ring()
				d.die()
			}()
			p.lead(t.Context(), c)
			require.Equal(t, sched.Started, c.End())
			var tally tally
			err := p.sched.GiveUp(c, tally.lost(c, &Call{Func: "first"}))
			require.ErrorIs(t, err, ErrProcessDied)
			require.ErrorContains(t, err, "protocol violation")
		})
	}
}

// A call that does not fit into a slot has the worker to itself.
func TestLargeInRing(t *testing.T) {
	for _, sizes := range [][2]int{{0, 2 * slotSize}, {2 * slotSize, 0}, {2 * slotSize, 2 * slotSize}} {
		near, _ := newRingPair(t)
		first := near.posted(t, "first", sizes[0], true)
		second := newPassage(t.Context(), &Call{Func: "second", In: make([]byte, sizes[1])})
		require.False(t, near.Post(&second, false))
		require.True(t, near.Withdraw(first)) // nobody waits for it yet
		require.True(t, near.Post(&second, true), "the next one has its place")
		require.Equal(t, first.slot, second.slot)
	}
}

// answers has the far side answer the next n calls.
func (s *ringServer) answers(t *testing.T, n int) {
	for range n {
		f := receive(t, s)
		require.NoError(t, s.start())
		require.NoError(t, s.reply(&frame{kind: frameResult, call: f.call}))
	}
}

// What was answered behind the call that leads is there for whoever asks.
func TestRingReady(t *testing.T) {
	near, far := newRingPair(t)
	var calls []*passage
	for i := range 4 {
		calls = append(calls, near.posted(t, "call", 0, i == 0))
	}
	far.answers(t, 3)
	require.NoError(t, near.Answer(calls[0]))
	for i, c := range calls[1:] {
		require.Equal(t, i < 2, near.Ready(c))
	}
}

// A worker that has damaged its ring has no room for a call.
func TestNoRoom(t *testing.T) {
	near, far := newRingPair(t)
	for n := range ringSlots {
		state, _ := far.ring.slot(uint32(n))
		state.Store(7)
	}
	c := newPassage(t.Context(), &Call{Func: "call"})
	require.False(t, near.Post(&c, true))
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
	workers, _ := p.look()
	require.IsType(t, &pipes{}, workers[0].transport)
	got, err := inner.On(p)(t.Context(), 20)
	require.NoError(t, err)
	require.Equal(t, 21, got)
	require.NoError(t, p.Shutdown(context.Background()))
}

// inner is a function for tests within the package.
var inner = Func("ipc: inner", func(_ context.Context, n int) (int, error) { return n + 1, nil })
