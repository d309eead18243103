package ws

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A slowPeer takes a frame when it is told to.
type slowPeer struct {
	conn net.Conn
	more chan int
	got  []string
	code Code // of the close frame that came
	c    *Conn
}

func newSlowPeer() *slowPeer {
	c, conn := ends(false, 0, Options{Ping: -1})
	p := &slowPeer{conn: conn, more: make(chan int, 100), c: c}
	go p.run()
	return p
}

func (p *slowPeer) run() {
	defer p.conn.Close()
	for n := range p.more {
		for range n {
			f, err := readFrame(p.conn)
			if err != nil {
				return
			}
			if f.Header.OpCode == ws.OpClose {
				code, _ := ws.ParseCloseFrameData(f.Payload)
				p.code = Code(code)
				p.conn.Write(closing(Normal, "").append(nil, true))
				return
			}
			p.got = append(p.got, string(f.Payload))
		}
	}
}

// A reference is a Hub as its documentation has it: for each member the message that is being
// sent, a queue, and what has arrived.
type reference struct {
	queue   int
	slow    SlowPolicy
	members map[int]*referenceMember
	told    []int
}

type referenceMember struct {
	sending []string
	waiting []string
	got     []string
	closed  bool
	credit  int
}

// put returns what Send does.
func (r *reference) put(id int, msg string) bool {
	m := r.members[id]
	switch {
	case m == nil:
		return false
	case len(m.sending) == 0:
		m.sending = []string{msg}
		return true
	case len(m.waiting) < r.queue:
		m.waiting = append(m.waiting, msg)
		return true
	}
	r.told = append(r.told, id)
	switch r.slow {
	case Disconnect:
		m.closed, m.waiting = true, nil
		delete(r.members, id)
		return false
	case DropOldest:
		m.waiting = append(m.waiting[1:], msg)
		return true
	}
	return false
}

// take takes as many messages as the peer may.
func (m *referenceMember) take() {
	for ; m.credit > 0 && len(m.sending) > 0; m.credit-- {
		m.got = append(m.got, m.sending[0])
		if m.sending = m.sending[1:]; len(m.sending) == 0 {
			k := min(batch, len(m.waiting))
			m.sending, m.waiting = m.waiting[:k:k], m.waiting[k:]
		}
	}
}

// Random operations on a hub and on the reference.
func TestHubModel(t *testing.T) {
	for slow := Disconnect; slow <= DropNewest; slow++ {
		for seed := range uint64(60) {
			synctest.Test(t, func(t *testing.T) { hubModel(t, slow, seed) })
		}
	}
}

func hubModel(t *testing.T, slow SlowPolicy, seed uint64) {
	random := rand.New(rand.NewPCG(seed, uint64(slow)))
	ref := &reference{queue: 1 + random.IntN(4)*random.IntN(8), slow: slow, members: map[int]*referenceMember{}}
	peers := []*slowPeer{}
	all := []*referenceMember{} // by the index of the peer
	leaves := []func(){}
	var told []int
	h := NewHub(HubOptions{Queue: ref.queue, Slow: slow, OnSlow: func(c *Conn) {
		told = append(told, slices.IndexFunc(peers, func(p *slowPeer) bool { return p.c == c }))
	}})
	for step := range 150 {
		msg := fmt.Sprint(step)
		who := 0
		if len(peers) > 0 {
			who = random.IntN(len(peers))
		}
		switch op := random.IntN(10); {
		case op == 0 && len(peers) < 5 || len(peers) == 0:
			p := newSlowPeer()
			peers, all = append(peers, p), append(all, &referenceMember{})
			ref.members[len(peers)-1] = all[len(peers)-1]
			leaves = append(leaves, h.Join(p.c))
			h.Join(p.c) // changes nothing
		case op == 1 && random.IntN(5) == 0:
			leaves[who]()
			if m := ref.members[who]; m != nil {
				delete(ref.members, who)
				m.waiting = nil
			}
		case op < 4:
			require.Equal(t, ref.put(who, msg), h.Send(peers[who].c, Prepare(Text, []byte(msg))), "seed %d, step %d", seed, step)
		case op < 7:
			before := len(told)
			h.Broadcast(Prepare(Text, []byte(msg)))
			slices.Sort(told[before:]) // a broadcast has no order of members
			for id := range peers {
				ref.put(id, msg)
			}
		default:
			if n := 1 + random.IntN(4); !all[who].closed { // else the close frame comes between
				all[who].credit += n
				peers[who].more <- n
			}
		}
		for _, m := range all {
			m.take()
		}
		synctest.Wait()
		require.Equal(t, len(ref.members), h.Len())
		require.Equal(t, ref.told, told, "seed %d, step %d", seed, step)
	}
	for _, p := range peers {
		_ = p.c.CloseNow()
		close(p.more)
	}
	synctest.Wait()
	for i, p := range peers {
		require.Equal(t, all[i].got, p.got, "seed %d, member %d", seed, i)
	}
}

// A hub that closes sends what waits, then the code.
func TestHubClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		var peers []*slowPeer
		for range 3 {
			p := newSlowPeer()
			h.Join(p.c)
			peers = append(peers, p)
		}
		for i := range 5 {
			h.Broadcast(Prepare(Binary, []byte{byte(i)}))
		}
		peers[0].more <- 100
		peers[1].more <- 100
		begin := time.Now()
		h.Close(Restart, "soon back") // the third takes nothing
		assert.LessOrEqual(t, time.Since(begin), 10*time.Second)
		assert.Equal(t, []string{"\x00", "\x01", "\x02", "\x03", "\x04"}, peers[0].got)
		assert.Equal(t, []string{"\x00", "\x01", "\x02", "\x03", "\x04"}, peers[1].got)
		assert.Equal(t, Restart, peers[0].code)
		assert.Equal(t, Restart, peers[1].code)
		_, err := peers[2].c.Read(t.Context())
		assert.ErrorIs(t, err, ErrClosed)
		assert.Zero(t, h.Len())

		p := newSlowPeer()
		p.more <- 1
		h.Join(p.c)() // too late
		assert.Equal(t, Restart, p.code)
		h.Broadcast(Prepare(Binary, nil))
		assert.False(t, h.Send(p.c, Prepare(Binary, nil)))
		h.Close(Normal, "")
		for _, p := range append(peers, p) {
			close(p.more)
		}
	})
}

// A member that takes nothing is closed with TryLater, and costs no more than its queue.
func TestHubDisconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow []*Conn
		h := NewHub(HubOptions{Queue: 2, OnSlow: func(c *Conn) { slow = append(slow, c) }})
		p, fine := newSlowPeer(), newSlowPeer()
		h.Join(p.c)
		h.Join(fine.c)
		fine.more <- 100
		for range 4 { // one is being sent
			h.Broadcast(Prepare(Text, []byte("x")))
			synctest.Wait()
		}
		assert.Equal(t, []*Conn{p.c}, slow)
		assert.Equal(t, 1, h.Len())
		assert.Len(t, fine.got, 4)
		p.more <- 100 // it wakes up in time
		synctest.Wait()
		assert.Equal(t, TryLater, p.code)
		assert.Equal(t, []string{"x"}, p.got)
		_, err := p.c.Read(t.Context())
		e := &CloseError{Code: TryLater, Reason: "too slow"}
		assert.Equal(t, e, err)
		h.Close(Normal, "")
		close(p.more)
		close(fine.more)
	})
}

// Messages of all sizes arrive in order, also those that are sent together.
func TestHubBatches(t *testing.T) {
	for _, bits := range []int{0, 15} {
		client, server := pair(t, Options{}, bits)
		h := NewHub(HubOptions{Queue: 1000})
		h.Join(server)
		var want []int
		for i := range 200 {
			size := i * i % 997
			if i%40 == 39 {
				size = 20_000
			}
			want = append(want, size)
			h.Broadcast(Prepare(Binary, make([]byte, size)))
		}
		for i, size := range want {
			msg, err := client.Read(t.Context())
			require.NoError(t, err)
			require.Len(t, msg.Data, size, "message %d", i)
		}
		go client.Read(t.Context())
		h.Close(Normal, "")
	}
}

// A write that fails ends the membership.
func TestHubForgetsTheLost(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	h := NewHub()
	h.Join(server)
	require.NoError(t, client.CloseNow())
	_, err := server.Read(t.Context())
	require.Error(t, err)
	h.Broadcast(Prepare(Text, nil))
	require.Eventually(t, func() bool { return h.Len() == 0 }, 10*time.Second, time.Millisecond)
	h.Close(Normal, "")
	require.PanicsWithValue(t, "ws: NewHub: Queue is -1 and Slow 0, want a queue of 0 (the default) or more, and a policy", func() { NewHub(HubOptions{Queue: -1}) })
}

// Both sides of a Prepared, compressed and not.
func TestPrepared(t *testing.T) {
	data := make([]byte, 1000)
	p := Prepare(Binary, data)
	data[0] = 1 // it was copied
	require.Equal(t, 1000, p.Len())
	for _, bits := range []int{0, 9, 15} {
		client, server := pair(t, Options{}, bits)
		for range 2 {
			require.NoError(t, server.WritePrepared(t.Context(), p))
			msg, err := client.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, Message{Binary, make([]byte, 1000)}, msg)
			require.NoError(t, client.WritePrepared(t.Context(), p))
			msg, err = server.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, Message{Binary, make([]byte, 1000)}, msg)
		}
	}
	require.Len(t, p.packed, 2)
	client, server := pair(t, Options{}, 10)
	require.Equal(t, errTest, server.WritePrepared(ended(), p))
	require.Equal(t, errTest, client.WritePrepared(ended(), p))
}
