//go:build unix

package link

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// Pipes are the transport that every Unix has: one pipe for calls, one for
// answers, and one call at a time.
//
// The ticket, a byte behind each call, tells whether a worker that died had
// started it: it is the last thing the worker takes before it does. The pool
// therefore keeps the read end of the request pipe too, and looks what is left.
type Pipes struct {
	request *os.File // calls, written
	unread  *os.File // the read end of request: what the worker never took
	reply   *os.File // answers, read
	replies *bufio.Reader
	control *Control // where descriptors travel that go with either
	sealing bool     // large calls leave the pipe to a notice
	limit   int      // of an answer's body
	ids     uint64   // the number of the last call
	out     []byte   // the call being put together
	size    int      // of the last call, without its ticket
	written int      // so many bytes of it the pipe took
}

// NewPipes makes the pipes and returns, besides, the end for the worker's
// answers. Whatever the error, Close closes the rest.
func NewPipes(maxMessage int) (p *Pipes, replyW *os.File, err error) {
	p = &Pipes{limit: max(maxMessage, remote.MaxSize)}
	// The pool keeps both ends of the pipe that calls travel in: it writes to one, and
	// looks into the other once the worker is dead.
	if p.unread, p.request, err = fds.HalfPipe(fds.Writes); err != nil {
		return p, nil, err
	}
	if p.reply, replyW, err = fds.HalfPipe(fds.Reads); err != nil {
		return p, nil, err
	}
	p.replies = bufio.NewReaderSize(fds.LateReader(p.reply), 16<<10)
	return p, replyW, nil
}

// Requests returns the end of the pipe for calls that the worker reads from. It stays
// open here: see [Pipes.Fate].
func (p *Pipes) Requests() *os.File { return p.unread }

// Attach gives the pipes the control of the same worker, for what goes with calls and
// answers. sealing says that large bodies go that way, too. It is called before the first
// call is posted.
func (p *Pipes) Attach(c *Control, sealing bool) { p.control, p.sealing = c, sealing }

// Hello blocks until the worker reports, at most so long. The error matches
// os.ErrDeadlineExceeded then, and [ErrProtocol] if the worker is not one of this version.
func (p *Pipes) Hello(within time.Duration) error {
	_ = p.reply.SetReadDeadline(time.Now().Add(within))
	f, err := ReadFrame(p.replies, 0, nil)
	switch {
	case err != nil:
	case f.Kind != KindHello:
		err = ErrProtocol
	case f.Call != protocolVersion:
		err = fmt.Errorf("%w: it speaks version %d, this process version %d: they were built with different versions of this package", ErrProtocol, f.Call, protocolVersion)
	}
	_ = p.reply.SetReadDeadline(time.Time{})
	return err
}

// Post only numbers the call, since writing may block, and takes one at a time.
func (p *Pipes) Post(c *Passage, alone bool) bool {
	if alone {
		p.number(c)
	}
	return alone
}

// number gives a call that is posted its number.
func (p *Pipes) number(c *Passage) {
	p.ids++
	c.Request.Call, c.sent = p.ids, false
	c.held = false
}

// Answer writes the call and reads the answer.
func (p *Pipes) Answer(c *Passage) error {
	f := c.Request
	if err := f.ship(p.control, c.toGo(), p.sealing); err != nil {
		return err
	}
	c.sent = true
	p.send(&f) // if it fails the worker is dead or dying, and the read below says so
	reply, err := p.receive()
	if err != nil {
		return err
	}
	return c.accept(reply)
}

// receive reads an answer, and what goes with it.
func (p *Pipes) receive() (Frame, error) {
	f, err := ReadFrame(p.replies, p.limit, nil)
	if err == nil && f.Files > 0 {
		err = p.fetch(&f)
	}
	return f, err
}

// fetch takes what goes with f out of the control socket.
func (p *Pipes) fetch(f *Frame) error {
	with, rights, err := p.control.Receive()
	if err != nil {
		return err
	}
	if with.Kind != KindFiles || with.Call != f.Call || with.Files != f.Files {
		rights.Close()
		return ErrProtocol
	}
	return f.unseal(rights, with.Body, p.limit)
}

// send writes a call, a small one at one stroke, and notes how many bytes the
// pipe took. It fails only when the worker dies meanwhile.
func (p *Pipes) send(f *Frame) {
	p.size, p.written = f.Size(), 0
	p.out = f.appendHead(p.out[:0])
	if len(f.Body) <= keepBuffer {
		p.out = append(append(p.out, f.Body...), ticket)
		p.written, _ = p.request.Write(p.out)
		return
	}
	for _, part := range [][]byte{p.out, f.Body, {ticket}} {
		n, err := p.request.Write(part)
		p.written += n
		if err != nil {
			return
		}
	}
}

// Ready has nothing to offer: reading may block.
func (p *Pipes) Ready(*Passage) bool { return false }

// Withdraw takes back what Answer has not begun to write.
func (p *Pipes) Withdraw(c *Passage) bool { return !c.sent }

// Fate looks how much of the call the worker has taken out of the pipe.
func (p *Pipes) Fate(c *Passage) (read, started bool) {
	if !c.sent {
		return false, false
	}
	taken := p.written - p.leftover()
	return taken > headerSize, taken > p.size
}

// leftover returns how many bytes of the last call the dead worker never read.
func (p *Pipes) leftover() (n int) {
	fd := int(p.unread.Fd())
	if syscall.SetNonblock(fd, true) != nil {
		return 0
	}
	buf := make([]byte, 64<<10)
	for {
		m, err := syscall.Read(fd, buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil || m <= 0:
			return n
		}
		n += m
	}
}

// Ended ends what writes or reads, because the worker is dead.
func (p *Pipes) Ended() {
	// A call may be stuck writing: no process reads that pipe any more. An answer
	// that was given still stands in the other one.
	_ = p.request.SetWriteDeadline(time.Now())
	_ = p.reply.SetReadDeadline(time.Now().Add(patience))
	if p.control != nil {
		p.control.Abandon()
	}
}

// Dismiss ends the calls: the worker reads that.
func (p *Pipes) Dismiss() { p.request.Close() }

// Close closes this end of the pipes.
func (p *Pipes) Close() {
	for _, f := range []*os.File{p.request, p.unread, p.reply} {
		f.Close()
	}
}
