package link

import (
	"encoding/binary"
	"errors"
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

	"github.com/fanfold/fanfold/internal/memfd"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// newRingEnds returns both ends of a ring, and what ends the worker's as its death would.
func newRingEnds(t *testing.T) (near *ringPool, far *ringInbox, die func()) {
	t.Helper()
	pipes, behind, end := newPipeEnds(t)
	spin := runtime.NumCPU() > 2
	transport, memory, err := NewRing(pipes, spin)
	require.NoError(t, err)
	require.NoError(t, Reserve(memory))
	theirs, err := fds.Duplicate(memory)
	require.NoError(t, err)
	inbox, err := newRingInbox(behind, theirs, spin)
	require.NoError(t, err)
	near, far = transport.(*ringPool), inbox.(*ringInbox)
	t.Cleanup(func() {
		require.NoError(t, memfd.Unmap(near.ring.mem))
		require.NoError(t, memfd.Unmap(far.ring.mem))
		require.NoError(t, memfd.Unmap(far.store.calls))
		require.NoError(t, memfd.Unmap(far.store.answers))
		memory.Close()
	})
	return near, far, func() {
		near.Ended()
		end()
	}
}

// post posts calls that have room, of which alone says whether the first one is.
func post(t *testing.T, near *ringPool, alone bool, names ...string) (list []*Passage) {
	t.Helper()
	for _, name := range names {
		p := newCall(name, nil)
		require.True(t, near.Post(p, alone), name)
		alone = false
		list = append(list, p)
	}
	return list
}

// receives has the worker receive a call, which must be that of a name.
func receives(t *testing.T, far *ringInbox, name string) Frame {
	t.Helper()
	f, err := far.Receive()
	require.NoError(t, err)
	require.Equal(t, name, f.Name)
	return f
}

// answers has the worker answer a call that it has received.
func answers(t *testing.T, far *ringInbox, f Frame, result string) {
	t.Helper()
	require.NoError(t, far.Start())
	require.NoError(t, far.Reply(&Frame{Kind: KindResult, Call: f.Call, Body: []byte(result)}))
}

// The memory cannot change its size while processes use it, and has no name.
func TestRingMemory(t *testing.T) {
	before := mappings(t)
	r, f, err := newRing()
	require.NoError(t, err)
	require.Equal(t, before+1, mappings(t))
	for _, size := range []int64{0, memorySize - 1, memorySize + 1} {
		require.ErrorIs(t, f.Truncate(size), unix.EPERM)
	}
	require.ErrorIs(t, memfd.Seal(f, memfd.NoWrite), unix.EPERM)
	require.NoError(t, f.Close())
	require.NoError(t, memfd.Unmap(r.mem))
	require.Equal(t, before, mappings(t))
	require.Error(t, Reserve(f))
}

// mappings returns how many rings this process has mapped.
func mappings(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	return strings.Count(string(text), "fanfold-ring")
}

// Calls are answered in their order, and answers that are there are found at once.
func TestRingAnswers(t *testing.T) {
	near, far, _ := newRingEnds(t)
	calls := post(t, near, true, "a", "b", "c", "d")
	for _, name := range []string{"a", "b", "c"} {
		answers(t, far, receives(t, far, name), name)
	}
	require.NoError(t, near.Answer(calls[0]))
	require.Equal(t, "a", string(calls[0].Reply.Body))
	require.True(t, near.Ready(calls[1]))
	require.Equal(t, "b", string(calls[1].Reply.Body))
	require.True(t, near.Ready(calls[2]))
	require.False(t, near.Ready(calls[3]))
	near.Dismiss()
	answers(t, far, receives(t, far, "d"), strings.Repeat("d", 2*slotSize))
	require.False(t, near.Ready(calls[3]), "it is in the pipe")
	require.NoError(t, near.Answer(calls[3]))
	require.Len(t, calls[3].Reply.Body, 2*slotSize)
	_, err := far.Receive()
	require.Equal(t, io.EOF, err)
}

// How far a worker got with a call can be read when it is dead.
func TestRingFates(t *testing.T) {
	read := func(t *testing.T, far *ringInbox) { receives(t, far, "first") }
	start := func(t *testing.T, far *ringInbox) { read(t, far); require.NoError(t, far.Start()) }
	for _, c := range []struct {
		name                      string
		step                      func(t *testing.T, far *ringInbox)
		read, started, behindRead bool
	}{
		{"nothing", func(*testing.T, *ringInbox) {}, false, false, false},
		{"read", read, false, false, false},
		{"started", start, true, true, false},
	} {
		for _, way := range []struct {
			name  string
			size  int
			piped bool
		}{{"empty", 0, false}, {"slot", 100, false}, {"store", 2 * slotSize, false}, {"pipe", 2 * slotSize, true}} {
			size := way.size
			t.Run(c.name+" "+way.name, func(t *testing.T) {
				near, far, die := newRingEnds(t)
				near.store.there = !way.piped
				p := newCall("first", make([]byte, size))
				require.True(t, near.Post(p, true))
				var behind *Passage
				if size < slotSize {
					behind = post(t, near, false, "behind")[0]
				}
				done := make(chan error, 1)
				go func() { done <- near.Answer(p) }()
				if size > slotSize {
					state, _ := far.ring.slot(0)
					require.Eventually(t, func() bool { return state.Load() != slotFree }, 10*time.Second, time.Millisecond)
				}
				c.step(t, far)
				die()
				require.Error(t, <-done)
				wantRead := c.read || way.piped && c.name == "read" // what a pipe has given cannot be had back
				read, started := near.Fate(p)
				require.Equal(t, wantRead, read)
				require.Equal(t, c.started, started)
				if behind != nil {
					read, started = near.Fate(behind)
					require.False(t, read)
					require.False(t, started)
				}
			})
		}
	}
	t.Run("large and not sent", func(t *testing.T) {
		near, _, _ := newRingEnds(t)
		p := newCall("large", make([]byte, 2*slotSize))
		require.True(t, near.Post(p, true))
		read, started := near.Fate(p)
		require.False(t, read)
		require.False(t, started)
	})
	t.Run("answered", func(t *testing.T) {
		near, far, die := newRingEnds(t)
		p := post(t, near, true, "first")[0]
		answers(t, far, receives(t, far, "first"), "result")
		die()
		require.NoError(t, near.Answer(p), "an answer that was given stands")
	})
}

// A call that is withdrawn is not run, whatever the worker had seen of it, and
// its place is there for others.
func TestWithdrawnSlots(t *testing.T) {
	near, far, _ := newRingEnds(t)
	first := post(t, near, true, "first")[0]
	f := receives(t, far, "first")
	require.NoError(t, far.Start())
	require.False(t, near.Withdraw(first), "too late")
	for range 3 * ringSlots { // the youngest: its slot is there again at once
		require.True(t, near.Withdraw(post(t, near, false, "withdrawn")[0]))
	}
	behind := post(t, near, false, "old", "last")
	old, last := behind[0], behind[1]
	require.True(t, near.Withdraw(old)) // not the youngest
	require.NoError(t, far.Reply(&Frame{Kind: KindResult, Call: f.Call}))
	require.NoError(t, near.Answer(first))

	receives(t, far, "last")
	require.True(t, near.Withdraw(last)) // after it was read
	again := post(t, near, true, "again")[0]
	require.Equal(t, last.slot, again.slot)
	require.Equal(t, ErrWithdrawn, far.Start())
	f = receives(t, far, "again")
	require.NoError(t, far.Start())
	require.False(t, near.Withdraw(again), "too late")
	require.NoError(t, far.Reply(&Frame{Kind: KindResult, Call: f.Call, Body: []byte("result")}))
	require.NoError(t, near.Answer(again))
	require.Equal(t, "result", string(again.Reply.Body))
}

// A call that does not fit into a slot has the worker to itself.
func TestLargeInRing(t *testing.T) {
	small := func() *Passage { return newCall("small", nil) }
	large := func() *Passage { return newCall("large", make([]byte, 2*slotSize)) }
	for _, c := range [][2]func() *Passage{{small, large}, {large, small}, {large, large}} {
		near, _, _ := newRingEnds(t)
		first, second := c[0](), c[1]()
		require.True(t, near.Post(first, true))
		require.False(t, near.Post(second, false))
		require.True(t, near.Withdraw(first)) // no goroutine waits for it yet
		require.True(t, near.Post(second, true), "it has the place")
		require.Equal(t, first.slot, second.slot)
	}
}

// A worker of which nothing can be had any more takes no call.
func TestNoRoom(t *testing.T) {
	near, far, _ := newRingEnds(t)
	state, _ := far.ring.slot(0)
	state.Store(7)
	require.False(t, near.Post(newCall("call", nil), true))

	near, _, _ = newRingEnds(t)
	for i := range ringSlots {
		require.True(t, near.Post(newCall("call", nil), i == 0))
	}
	require.False(t, near.Post(newCall("one too many", nil), false))
}

// serve answers calls with their arguments until it is told to end, and counts
// how often each was run.
func serve(far *ringInbox, runs []atomic.Int32) error {
	for {
		f, err := far.Receive()
		if err == nil {
			err = far.Start()
		}
		switch err {
		case nil:
			runs[binary.LittleEndian.Uint32(f.Body)].Add(1)
			if err := far.Reply(&Frame{Kind: KindResult, Call: f.Call, Body: append([]byte(nil), f.Body...)}); err != nil {
				return err
			}
		case ErrWithdrawn:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// A caller makes calls over a ring as a pool does: many are posted, the oldest is waited
// for, and others are withdrawn at any moment.
type caller struct {
	near *ringPool
	mu   sync.Mutex
	line []*Passage // posted, in their order
}

// post posts a call of any size, if there is room.
func (c *caller) post(n uint32, r *rand.Rand) {
	in := make([]byte, 4+r.IntN(200))
	if r.IntN(50) == 0 {
		in = make([]byte, slotSize-100+r.IntN(200))
	}
	binary.LittleEndian.PutUint32(in, n)
	p := newCall("echo", in)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.near.Post(p, len(c.line) == 0) {
		c.line = append(c.line, p)
	}
}

// Many calls of all sizes, of which many are withdrawn at any moment: each is run once
// and answered, or never.
func TestRingCalls(t *testing.T) {
	near, far, _ := newRingEnds(t)
	const calls = 20_000
	runs := make([]atomic.Int32, calls)
	served := make(chan error, 1)
	go func() { served <- serve(far, runs) }()
	c := caller{near: near}
	want := make([]int32, calls) // how often each is to run
	stop := make(chan struct{})
	var withdrawing sync.WaitGroup
	withdrawing.Go(func() { // takes back what is not the oldest
		r := rand.New(rand.NewPCG(1, 1))
		for {
			select {
			case <-stop:
				return
			default:
			}
			c.mu.Lock()
			if len(c.line) > 1 {
				i := 1 + r.IntN(len(c.line)-1)
				if near.Withdraw(c.line[i]) {
					c.line = append(c.line[:i:i], c.line[i+1:]...)
				}
			}
			c.mu.Unlock()
			runtime.Gosched()
		}
	})
	r := rand.New(rand.NewPCG(2, 2))
	answered := 0
	settle := func(p *Passage) {
		n := binary.LittleEndian.Uint32(p.Request.Body)
		want[n]++
		answered++
		require.Equal(t, string(p.Request.Body), string(p.Reply.Body))
	}
	for n := uint32(0); n < calls || len(c.line) > 0; {
		for range 1 + r.IntN(8) {
			if n < calls {
				c.post(n, r)
				n++
			}
		}
		c.mu.Lock()
		if len(c.line) == 0 {
			c.mu.Unlock()
			continue
		}
		first := c.line[0]
		c.mu.Unlock()
		require.NoError(t, near.Answer(first))
		c.mu.Lock()
		settle(first)
		c.line = c.line[1:]
		for len(c.line) > 0 && near.Ready(c.line[0]) {
			settle(c.line[0])
			c.line = c.line[1:]
		}
		c.mu.Unlock()
	}
	close(stop)
	withdrawing.Wait()
	near.Dismiss()
	require.NoError(t, <-served)
	for n := range want {
		require.Equal(t, want[n], runs[n].Load(), "call %d", n)
	}
	t.Logf("%d of %d calls answered", answered, calls)
	require.NotZero(t, answered)
}

// Whatever a worker writes into its ring, the pool notices or gets a wrong
// answer from it, and goes on.
func TestScribbledSlot(t *testing.T) {
	long := Frame{Kind: KindResult, Call: 1, Body: make([]byte, slotSize)}
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
			put(space, &Frame{Kind: KindResult, Call: 77})
			state.Store(stamp | slotDone)
		},
		"a name": func(state *atomic.Uint32, stamp uint32, space []byte) {
			put(space, &Frame{Kind: KindResult, Call: 1, Name: "name"})
			state.Store(stamp | slotDone)
		},
		"a body longer than the slot": func(state *atomic.Uint32, stamp uint32, space []byte) {
			long.appendHead(space[:0])
			state.Store(stamp | slotDone)
		},
		"a body longer than memory": func(state *atomic.Uint32, stamp uint32, space []byte) {
			put(space, &Frame{Kind: KindResult, Call: 1})
			binary.LittleEndian.PutUint64(space[32:], 1<<63)
			state.Store(stamp | slotDone)
		},
	}
	for name, scribble := range cases {
		t.Run(name, func(t *testing.T) {
			near, far, die := newRingEnds(t)
			calls := post(t, near, true, "first", "behind")
			state, space := far.ring.slot(0)
			scribble(state, calls[0].stamp, space)
			require.False(t, near.Ready(calls[0]), "nonsense is for the call's owner to find")
			far.other.ring()
			err := near.Answer(calls[0])
			require.True(t, errors.Is(err, ErrProtocol), "%v", err)
			die()
			read, started := near.Fate(calls[0])
			require.True(t, read && started, "it may have been")
			read, started = near.Fate(calls[1])
			require.False(t, read || started)
		})
	}
}

// A side that is about to sleep sees what was done before, and is woken by what
// is done after.
func TestBell(t *testing.T) {
	for _, spin := range []int{0, minSpin} {
		r, f, err := newRing()
		require.NoError(t, err)
		require.NoError(t, f.Close())
		word := r.word(0)
		ours, theirs := bell{word: r.word(ringPoolBell), spin: spin}, bell{word: r.word(ringPoolBell)}
		turns := uint32(20_000)
		if testing.Short() || runtime.GOMAXPROCS(0) == 1 {
			turns = 500 // a goroutine that sleeps here keeps the one processor from the other for a while
		}
		var others sync.WaitGroup
		others.Go(func() {
			for n := uint32(1); n <= turns; n++ {
				for word.Load() != 2*n-1 {
					runtime.Gosched()
				}
				word.Swap(2 * n)
				theirs.ring()
			}
		})
		late := 0
		for n := uint32(1); n <= turns; n++ {
			word.Store(2*n - 1)
			start := time.Now()
			ours.wait(func() bool { return word.Load() == 2*n })
			if time.Since(start) >= time.Second {
				late++
			}
		}
		others.Wait()
		require.LessOrEqual(t, late, 2, "waits that nobody ended; a busy machine may have two")
		require.EqualValues(t, awake, ours.word.Load()&^asleep)
		require.NoError(t, memfd.Unmap(r.mem))
	}
}

// A call costs no allocation on its way through a ring but that of its answer.
func TestRingAllocations(t *testing.T) {
	near, far, _ := newRingEnds(t)
	served := make(chan error, 1)
	go func() { served <- serve(far, make([]atomic.Int32, 1)) }()
	p := newCall("echo", make([]byte, 100))
	got := testing.AllocsPerRun(1000, func() {
		near.Post(p, true)
		if near.Answer(p) != nil {
			panic("no answer")
		}
	})
	near.Dismiss()
	require.NoError(t, <-served)
	require.LessOrEqual(t, got, 2.0, "the answer here, and the worker's copy of the argument")
}

func init() {
	ends["ring"] = func(t *testing.T) (Transport, Inbox, *Control) {
		near, far, _ := newRingEnds(t)
		return near, far, far.control
	}
}

// A worker whose slot was written over while the function ran says so, instead of giving
// an answer that the pool would not find.
func TestReplyIntoDamagedSlot(t *testing.T) {
	for name, damage := range map[string]func(state *atomic.Uint32){
		"zeros":                func(state *atomic.Uint32) { state.Store(0) },
		"ones":                 func(state *atomic.Uint32) { state.Store(1<<32 - 1) },
		"answered too early":   func(state *atomic.Uint32) { state.Store(state.Load()&^slotState | slotDone) },
		"as if it was waiting": func(state *atomic.Uint32) { state.Store(state.Load()&^slotState | slotQueued) },
	} {
		t.Run(name, func(t *testing.T) {
			near, far, die := newRingEnds(t)
			post(t, near, true, "f")
			f, err := far.Receive()
			require.NoError(t, err)
			require.NoError(t, far.Start())
			damage(far.state)
			require.ErrorIs(t, far.Reply(&Frame{Kind: KindResult, Call: f.Call}), ErrProtocol)
			die()
		})
	}
}
