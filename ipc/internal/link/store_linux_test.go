package link

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/memfd"
)

// newStores is newRingEnds for bodies of any size.
func newStores(t *testing.T) (near *ringPool, far *ringInbox, die func()) {
	near, far, die = newRingEnds(t)
	near.limit, far.maxMessage = 1<<41, 1<<41
	return near, far, die
}

// asked has the pool post a call with a body and wait for its answer, and returns the
// call as the worker receives it.
func asked(t *testing.T, near *ringPool, far *ringInbox, body []byte) (p *Passage, f Frame, answered chan error) {
	p, answered = newCall("f", body), make(chan error, 1)
	require.True(t, near.Post(p, true))
	go func() { answered <- near.Answer(p) }()
	f = receives(t, far, "f")
	require.NoError(t, far.Start())
	return p, f, answered
}

// replied has the worker answer a call with a result, which is encoded where there is room.
func replied(t *testing.T, far *ringInbox, f Frame, result []byte) *Frame {
	reply := &Frame{Kind: KindResult, Call: f.Call, Body: append(far.Room(), result...)}
	require.NoError(t, far.Ship(reply))
	require.NoError(t, far.Reply(reply))
	return reply
}

// Bodies that do not fit into a slot go through the stores, whose memory is used again:
// what was received before stays as it is.
func TestStores(t *testing.T) {
	near, far, _ := newStores(t)
	var got [][]byte
	sizes := []int{slotSize, 64 << 10, 3 << 20, 100, 1 << 20, storeSize, 9000}
	for i, n := range sizes {
		want := bytes.Repeat([]byte{byte(i + 1)}, n)
		p, f, answered := asked(t, near, far, want)
		require.True(t, bytes.Equal(want, f.Body))
		reply := replied(t, far, f, f.Body)
		require.Equal(t, n >= slotSize, reply.stored)
		require.NoError(t, <-answered)
		got = append(got, p.Reply.Body)
	}
	for i, n := range sizes {
		require.Len(t, got[i], n)
		require.Equal(t, n, bytes.Count(got[i], []byte{byte(i + 1)}))
	}
	require.LessOrEqual(t, kept(t, near), int64(ringSize+2*storeSize+1<<16))
}

// kept returns how much memory the ring and its stores have.
func kept(t *testing.T, near *ringPool) int64 {
	info, err := near.store.memory.Stat()
	require.NoError(t, err)
	require.Equal(t, int64(memorySize), info.Size())
	var st unix.Stat_t
	raw, err := near.store.memory.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }))
	require.NoError(t, err)
	return st.Blocks * 512
}

// Memory that calls do not need any more goes back to the system.
func TestStoresShrink(t *testing.T) {
	near, far, _ := newStores(t)
	for i := range 2*storePeriod + 2 {
		n := 8 << 20
		if i > 0 {
			n = 10 // the small ones are enough for that
		}
		_, f, answered := asked(t, near, far, make([]byte, n))
		replied(t, far, f, f.Body)
		require.NoError(t, <-answered)
		if i == 0 {
			require.Greater(t, kept(t, near), int64(16<<20))
		}
	}
	require.Less(t, kept(t, near), int64(ringSize+3*storeStep))
	want := bytes.Repeat([]byte("again"), 1<<20)
	p, f, answered := asked(t, near, far, want)
	require.True(t, bytes.Equal(want, f.Body))
	replied(t, far, f, f.Body)
	require.NoError(t, <-answered)
	require.True(t, bytes.Equal(want, p.Reply.Body))
}

// A large answer to a call that others wait behind keeps the store until the pool has
// read it: the next one goes another way.
func TestStoreIsNotWrittenOver(t *testing.T) {
	near, far, _ := newStores(t)
	calls := post(t, near, true, "a", "b")
	for i, name := range []string{"a", "b"} {
		f := receives(t, far, name)
		require.NoError(t, far.Start())
		require.Equal(t, i == 0, replied(t, far, f, bytes.Repeat([]byte(name), 20<<10)).stored)
	}
	for i, name := range []string{"a", "b"} {
		require.False(t, near.Ready(calls[i]), "it is for the call's owner")
		require.NoError(t, near.Answer(calls[i]))
		require.Equal(t, 20<<10, bytes.Count(calls[i].Reply.Body, []byte(name)))
	}
	require.NotNil(t, far.Room())
}

// What a worker says of its store is checked, and nothing is allocated for it.
func TestHostileStore(t *testing.T) {
	for name, c := range map[string]struct{ announced, filled int }{
		"a length that no store has":      {1 << 40, 100},
		"one byte more than a store has":  {storeSize + 1, storeSize},
		"a hole":                          {storeSize, 0},
		"a hole behind what is filled":    {storeSize, 1 << 20},
		"as many as nothing was put into": {slotSize, 0},
	} {
		t.Run(name, func(t *testing.T) {
			near, far, die := newStores(t)
			defer die()
			p := post(t, near, true, "f")[0]
			f := receives(t, far, "f")
			require.NoError(t, far.Start())
			copy(far.store.answers[:c.filled], make([]byte, c.filled))
			head := Frame{Kind: KindResult, Call: f.Call, stored: true}
			put(far.space, &head)
			for i := range 8 { // the length
				far.space[32+i] = byte(c.announced >> (8 * i))
			}
			far.state.Store(far.stamp | slotDone)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			require.ErrorIs(t, near.Answer(p), ErrProtocol)
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(512<<10))
		})
	}
}

// A worker that punches holes into the memory, while the pool uses it, ends nobody.
func TestStoreWithHoles(t *testing.T) {
	near, far, _ := newStores(t)
	_, f, answered := asked(t, near, far, make([]byte, 1<<20))
	require.NoError(t, unix.Madvise(far.store.calls[:1<<20], unix.MADV_REMOVE))
	reply := &Frame{Kind: KindResult, Call: f.Call, Body: make([]byte, 1<<20)}
	require.NoError(t, far.Ship(reply))
	require.NoError(t, unix.Madvise(far.store.answers[:1<<20], unix.MADV_REMOVE))
	require.NoError(t, far.Reply(reply))
	require.ErrorIs(t, <-answered, ErrProtocol)
	require.True(t, near.store.put(make([]byte, 1<<20)))
}

// Where the memory has no stores, or one has no more, bodies go through the pipes.
func TestWithoutStores(t *testing.T) {
	near, far, _ := newStores(t)
	near.store.there = false
	answers, want := far.store.answers, bytes.Repeat([]byte("pipe"), 10<<10)
	far.store.answers = nil
	defer func() { far.store.answers = answers }()
	p, f, answered := asked(t, near, far, want)
	require.True(t, bytes.Equal(want, f.Body))
	require.Nil(t, far.Room())
	require.False(t, replied(t, far, f, f.Body).stored)
	require.NoError(t, <-answered)
	require.True(t, bytes.Equal(want, p.Reply.Body))
}

// A worker that dies in the middle of a body's way has an answer, or none.
func TestDeathBesideAStore(t *testing.T) {
	near, far, die := newStores(t)
	p, _, answered := asked(t, near, far, make([]byte, 1<<20))
	copy(far.store.answers, "half an answer")
	die()
	require.Equal(t, io.EOF, <-answered)
	read, started := near.Fate(p)
	require.True(t, read && started)
}

// The pool neither maps the stores nor believes that they are there.
func TestRingOfOldSize(t *testing.T) {
	f, err := memfd.Create("small", ringSize)
	require.NoError(t, err)
	defer f.Close()
	s := newCallStore(f)
	require.False(t, s.put(make([]byte, 10)))
	_, err = s.answer(10)
	require.ErrorIs(t, err, ErrProtocol)
}
