package ioloop

import (
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/internal/uring"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A ringLink is a link over a socket, whose bytes the kernel receives and sends by itself.
// It tells its connection that it is ready when bytes have come, and when those that were
// to be sent have left.
type ringLink struct {
	fdLink
	ring   *ring
	slot   uring.Slot
	wanted poll.Events

	armed   bool // the kernel receives
	sending bool // the kernel sends out
	polling bool // the kernel tells when there is room
	listed  bool // in the ring's list of unwanted ones
	posted  bool // look is on its way
	dying   bool // closed when the kernel has let go
	settled bool // nothing is begun: the connection is about to leave
	turns   uint8
	turn    uint32 // of the loop in which bytes came last

	got    []byte // what has come, in a buffer of the ring, while ready runs
	kept   []byte // what has come and was not wanted
	err    error  // what comes after it
	out    []byte // what the kernel sends
	sent   int    // how much of it has left, and was not told
	failed error  // why no more can be sent
}

// What the operations of a link are.
const (
	recvOp uint8 = iota
	sendOp
	roomOp
)

// buffersPerTurn is how many buffers of bytes a connection gets in one turn, so that none
// holds the others up.
const buffersPerTurn = 4

// newLink returns the link of a connection over k: on the ring if there is one and k is a
// socket. Other files are the poller's, since the kernel would not wait for them.
func (l *Loop) newLink(k *fdLink) link {
	if l.ring == nil || k.kind != socket {
		return k
	}
	r := &ringLink{fdLink: *k, ring: l.ring}
	r.slot = l.ring.uring.Attach(r)
	l.targets.Put(k.number, entry{target: r}) // without a token: register refuses the number
	return r
}

// abort is called when the loop is closed, after the connection has ended.
func (k *ringLink) abort(error) {}

func (k *ringLink) bind(c *Conn) { k.conn = c; c.status |= lends }

func (k *ringLink) read([]byte) ([]byte, error) {
	if got := k.got; got != nil {
		k.got = nil
		return got, nil
	}
	if n := min(len(k.kept), readSize); n > 0 {
		got := k.kept[:n:n]
		if k.kept = k.kept[n:]; len(k.kept) == 0 {
			k.kept = nil
		}
		return got, nil
	}
	if k.err != nil {
		return nil, k.err
	}
	return nil, errAgain
}

// write sends much at once by a system call of its own, and lets the kernel send little,
// with what others send. p is the connection's buffer then, and stays as it is.
func (k *ringLink) write(p []byte) (int, error) {
	if k.sending {
		return 0, errAgain
	}
	n := k.sent
	k.sent = 0
	switch p = p[n:]; {
	case k.failed != nil:
		return n, k.failed
	case len(p) == 0:
		return n, nil
	case len(p) >= directSize || k.settled || k.ring.resting:
		more, err := k.fdLink.write(p)
		return n + more, err
	}
	k.sending, k.out = true, p
	k.ring.uring.Send(k.slot, sendOp, k.fd(), p)
	return n, errAgain
}

func (k *ringLink) want(want poll.Events) error {
	k.wanted = want
	switch {
	case want&poll.Readable != 0:
		k.arm()
		k.repeat()
	case k.armed && !k.listed:
		k.listed = true
		k.ring.unwanted = append(k.ring.unwanted, k)
	}
	k.askForRoom()
	return nil
}

// askForRoom lets the kernel tell when there is room, if that is wanted and no end of a
// send will tell it.
func (k *ringLink) askForRoom() {
	if k.wanted&poll.Writable != 0 && !k.sending && !k.polling && k.begins() {
		k.polling = true
		k.ring.uring.Poll(k.slot, roomOp, k.fd(), unix.POLLOUT)
	}
}

// begins reports whether the kernel may be given something to do.
func (k *ringLink) begins() bool { return !k.settled && !k.dying && !k.ring.ended }

// arm lets the kernel receive if bytes are wanted, and none is there.
func (k *ringLink) arm() {
	if !k.armed && k.begins() && k.wanted&poll.Readable != 0 && len(k.kept) == 0 && k.err == nil {
		k.armed = true
		k.ring.uring.Recv(k.slot, recvOp, k.fd(), k.ring.uring.Buffers())
	}
}

// repeat looks in the next turn if there is something that is wanted.
func (k *ringLink) repeat() {
	if !k.posted && k.wanted&poll.Readable != 0 && (len(k.kept) > 0 || k.err != nil) {
		k.posted = true
		k.conn.loop.soon = append(k.conn.loop.soon, k.look)
	}
}

func (k *ringLink) look() {
	k.posted = false
	if k.wanted&poll.Readable != 0 && !k.dying && !k.settled {
		k.conn.ready(poll.Readable)
		k.arm()
		k.repeat()
	}
}

// Completed is told by the ring.
func (k *ringLink) Completed(c uring.Completion) {
	switch c.Kind {
	case recvOp:
		k.received(c)
	case sendOp:
		k.sending, k.out = false, nil
		k.sent += c.Result
		if c.Err != nil && c.Err != unix.ECANCELED && c.Err != unix.EINTR && c.Err != unix.EAGAIN {
			k.failed = os.NewSyscallError("write", c.Err)
		}
		k.tell(poll.Writable)
		k.askForRoom()
	case roomOp:
		k.polling = false
		k.tell(poll.Writable)
		k.askForRoom()
	}
	if k.dying {
		k.bury()
	}
}

// tell tells the connection, or has it told when it can be.
func (k *ringLink) tell(is poll.Events) {
	switch {
	case k.dying || k.settled:
	case k.ring.resting:
		k.conn.loop.soon = append(k.conn.loop.soon, func() {
			if !k.dying && !k.settled {
				k.conn.ready(is)
			}
		})
	default:
		k.conn.ready(is)
	}
}

// received takes what has come. It is given on in the kernel's buffer, or kept if it is not
// wanted now.
func (k *ringLink) received(c uring.Completion) {
	if !c.More() {
		k.armed = false
	}
	if c.HasBuffer() {
		k.take(c)
	}
	hungry := c.Err == unix.ENOBUFS
	switch {
	case c.Err == nil && c.Result == 0:
		k.err = io.EOF
	case c.Err == nil, hungry, c.Err == unix.ECANCELED, c.Err == unix.EINTR, c.Err == unix.EAGAIN:
	default:
		k.err = os.NewSyscallError("read", c.Err)
	}
	switch {
	case k.dying || k.settled:
	case k.err != nil && !k.ring.resting && !k.posted && len(k.kept) == 0 && k.wanted&poll.Readable != 0:
		k.conn.ready(poll.Readable)
		k.repeat()
	case hungry:
		k.ring.hungry = append(k.ring.hungry, k)
	default:
		k.arm()
		k.repeat()
	}
}

// take gives on the bytes of a completion, and their buffer back.
func (k *ringLink) take(c uring.Completion) {
	buffers := k.ring.uring.Buffers()
	k.got = buffers.Bytes(c)
	defer func() { // also when the connection panics
		k.got = nil
		buffers.GiveBack(c)
	}()
	if k.direct() {
		k.conn.ready(poll.Readable)
	}
	if len(k.got) > 0 && !k.dying {
		k.keep(k.got)
	}
}

// direct reports whether what has come goes to the connection at once.
func (k *ringLink) direct() bool {
	if k.ring.resting || k.dying || k.settled || k.wanted&poll.Readable == 0 || len(k.kept) > 0 || k.posted {
		return false
	}
	if turn := uint32(k.conn.loop.stats.turns.Load()); turn != k.turn {
		k.turn, k.turns = turn, 0
	}
	k.turns++
	return k.turns <= buffersPerTurn
}

// keep copies bytes that are not wanted now. No more are received until they are used.
func (k *ringLink) keep(data []byte) {
	k.kept = append(k.kept, data...)
	if k.armed && !k.listed {
		k.ring.uring.Cancel(k.slot, recvOp)
	}
}

// settle takes back what the kernel has.
func (k *ringLink) settle() {
	k.settled = true
	k.ring.uring.Settle(k.slot)
}

// unsettle goes on after settle.
func (k *ringLink) unsettle() {
	k.settled = false
	k.want(k.wanted)
}

func (k *ringLink) detach() (net.Conn, []byte, error) {
	nc, _, err := k.fdLink.detach()
	return nc, k.kept, err
}

// close cancels what the kernel does with the socket first: it would hold it open. What it
// receives was canceled when nothing was wanted any more.
func (k *ringLink) close(reset bool) {
	k.dying = true
	k.conn = nil
	if reset {
		unix.SetsockoptLinger(k.fd(), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	if k.sending {
		k.ring.uring.Cancel(k.slot, sendOp)
	}
	if k.polling {
		k.ring.uring.Cancel(k.slot, roomOp)
	}
	k.bury()
}

// bury closes the socket if the kernel does nothing with it any more.
func (k *ringLink) bury() {
	if k.number < 0 || k.ring.uring.Flying(k.slot) > 0 {
		return
	}
	if t := &k.ring.loop.targets; t.Get(k.number).target == target(k) {
		t.Put(k.number, entry{})
	}
	k.fdLink.close(false)
	k.ring.uring.Detach(k.slot)
	k.ring.loop.freed()
}
