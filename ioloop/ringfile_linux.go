package ioloop

import (
	"context"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop/internal/uring"
)

// A fileOp is a call of a file that the kernel carries out: in one step, or in several.
type fileOp struct {
	ring *ring
	slot uring.Slot
	file *File    // that it uses, or nil
	own  *os.File // that it has opened, and closes at its end; or nil
	fd   int
	p    []byte
	off  int64
	name []byte // of open, with a zero byte
	flag int
	perm uint32

	begin  func() bool            // reports whether the call is still wanted
	next   func(n int, err error) // is told how a step has ended, and begins another or ends the call
	finish func(err error)
	ctx    context.Context // of the call, once it has begun
	revoke func() bool     // of its end
	again  func()          // the step that is under way
}

// fileRequests are calls that wait for the loop, which begins them.
type fileRequests struct {
	mu      sync.Mutex
	waiting []*fileOp // guarded by mu, as is the rest
	count   int       // that have not ended
	closed  bool
}

// fileCalls is how many calls a ring takes at once.
const fileCalls = fileWorkers + fileQueue

// put adds a call, and reports whether the loop has to be woken.
func (q *fileRequests) put(op *fileOp) (first bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return false, ErrClosed
	case q.count >= fileCalls:
		return false, concurrent.ErrFull
	}
	q.count++
	q.waiting = append(q.waiting, op)
	return len(q.waiting) == 1, nil
}

// take returns the call that waits longest, or nil.
func (q *fileRequests) take() *fileOp {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting = nil
		return nil
	}
	op := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	return op
}

// ended counts a call that has ended.
func (q *fileRequests) ended() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count--
}

// begin begins the calls that wait.
func (q *fileRequests) begin() {
	for op := q.take(); op != nil; op = q.take() {
		if !op.begin() { // canceled
			q.ended()
			continue
		}
		op.slot = op.ring.uring.Attach(op)
		op.revoke = context.AfterFunc(op.ctx, func() { op.ring.loop.send(op.cancel) })
		op.again()
	}
}

// end ends the calls that wait, and refuses others.
func (q *fileRequests) end() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	for op := q.take(); op != nil; op = q.take() {
		q.ended()
		if op.begin() {
			op.finish(ErrClosed)
		}
	}
}

// cancel asks the kernel to end the step that is under way.
func (op *fileOp) cancel() {
	if op.finish != nil && op.ring.uring.Flying(op.slot) > 0 {
		op.ring.uring.Cancel(op.slot, 0)
	}
}

// Completed is told by the ring.
func (op *fileOp) Completed(c uring.Completion) {
	switch interrupted := c.Err == unix.ECANCELED || c.Err == unix.EINTR; {
	case interrupted && op.ctx.Err() != nil:
		op.end(context.Cause(op.ctx))
	case interrupted && op.ring.ended:
		op.end(ErrClosed)
	case interrupted: // Run ends, or its thread did
		op.again()
	case c.Err != nil:
		op.next(0, c.Err)
	default:
		op.next(c.Result, nil)
	}
}

// step begins another step, unless the call was canceled during the last one.
func (op *fileOp) step() {
	if op.ctx.Err() != nil {
		op.end(context.Cause(op.ctx))
		return
	}
	op.again()
}

// end ends the call.
func (op *fileOp) end(err error) {
	op.revoke()
	op.ring.uring.Detach(op.slot)
	op.ring.files.ended()
	if op.own != nil {
		if closeErr := op.own.Close(); err == nil {
			err = closeErr
		}
	}
	finish := op.finish
	op.finish = nil
	finish(err)
}

// carry lets the kernel carry op out. value is asked for the result when it has ended.
func carry[T any](ctx context.Context, l *Loop, op *fileOp, value func() T) *concurrent.Future[T] {
	p := concurrent.NewPromise[T]()
	cancel := func() { p.Future().Cancel(context.Cause(ctx)) }
	if ctx.Err() != nil {
		cancel()
		return p.Future()
	}
	revoke := func() bool { return false }
	if ctx.Done() != nil {
		revoke = context.AfterFunc(ctx, cancel)
	}
	// The books come first and ctx last, since its methods may be a stranger's.
	leave := func() {
		op.file.release()
		revoke()
	}
	op.ring = l.ring
	op.begin = func() bool {
		if !p.Start() {
			defer leave()
			return false
		}
		op.ctx = p.Context()
		return true
	}
	op.finish = func(err error) {
		p.Return(value(), err)
		leave()
	}
	if !op.file.acquire() {
		p.Reject(ErrClosed)
		revoke()
		return p.Future()
	}
	first, err := l.ring.files.put(op)
	if err != nil {
		p.Reject(err)
		leave()
	}
	if first {
		l.wake()
	}
	return p.Future()
}

// openOnRing opens a file, and calls then with it when it is open.
func (op *fileOp) openOnRing(name string, flag int, perm fs.FileMode, then func()) {
	op.name = append([]byte(name), 0)
	op.flag = flag | nonblock | unix.O_CLOEXEC | unix.O_LARGEFILE
	op.perm = systemMode(perm)
	op.again = func() {
		if strings.IndexByte(name, 0) >= 0 { // the kernel would take what is before it
			op.end(pathError("open", name, unix.EINVAL))
			return
		}
		op.ring.uring.Open(op.slot, 0, op.name, op.flag, op.perm)
	}
	op.next = func(fd int, err error) {
		if err != nil {
			op.end(pathError("open", name, err))
			return
		}
		// The kernel would not wait for what does not block by itself.
		err = unix.SetNonblock(fd, false)
		op.fd, op.own = fd, os.NewFile(uintptr(fd), name)
		if err == nil {
			err = refusePipe(op.own)
		}
		if err != nil {
			op.end(err)
			return
		}
		then()
	}
}

// systemMode returns the bits of a mode as the system has them.
func systemMode(m fs.FileMode) uint32 {
	bits := uint32(m.Perm())
	for _, b := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, unix.S_ISUID}, {fs.ModeSetgid, unix.S_ISGID}, {fs.ModeSticky, unix.S_ISVTX}} {
		if m&b.mode != 0 {
			bits |= b.bit
		}
	}
	return bits
}

// readOnRing reads into p until it is full or the file ends, and calls then with how much
// came. The error is io.EOF at the end.
func (op *fileOp) readOnRing(p []byte, off int64, then func(n int, err error)) {
	n := 0
	op.p, op.off = p, off
	op.again = func() { op.ring.uring.Read(op.slot, 0, op.fd, op.p[n:], op.off+int64(n)) }
	op.next = func(more int, err error) {
		n += more
		switch {
		case err != nil:
			then(n, err)
		case more == 0 && n < len(p):
			then(n, io.EOF)
		case n < len(p):
			op.step()
		default:
			then(n, nil)
		}
	}
}

// writeOnRing writes p, and calls then with how much was written.
func (op *fileOp) writeOnRing(p []byte, off int64, then func(n int, err error)) {
	n := 0
	op.p, op.off = p, off
	op.again = func() { op.ring.uring.Write(op.slot, 0, op.fd, op.p[n:], op.off+int64(n)) }
	op.next = func(more int, err error) {
		n += more
		switch {
		case err != nil:
			then(n, err)
		case more == 0 && n < len(p):
			then(n, io.ErrUnexpectedEOF)
		case n < len(p):
			op.step()
		default:
			then(n, nil)
		}
	}
}

// pathError returns err as package os has it. io.EOF stays as it is.
func pathError(op, name string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// The calls of Loop and File on a ring.

func openByRing(ctx context.Context, l *Loop, name string, flag int, perm fs.FileMode) *concurrent.Future[*File] {
	op, file := &fileOp{}, (*File)(nil)
	op.openOnRing(name, flag, perm, func() {
		f := &File{loop: l, file: op.own, ring: &ringFile{number: op.fd, appends: flag&os.O_APPEND != 0}}
		if !l.keepFile(f) {
			op.end(ErrClosed)
			return
		}
		file, op.own = f, nil
		op.end(nil)
	})
	return carry(ctx, l, op, func() *File { return file })
}

func (f *File) transferByRing(ctx context.Context, p []byte, off int64, write bool) *concurrent.Future[int] {
	op, n := &fileOp{file: f, fd: f.ring.number}, 0
	name, begin := "read", op.readOnRing
	if write {
		name, begin = "write", op.writeOnRing
	}
	begin(p, off, func(done int, err error) {
		n = done
		op.end(pathError(name, f.Name(), err))
	})
	return carry(ctx, f.loop, op, func() int { return n })
}

func (f *File) syncByRing(ctx context.Context) *concurrent.Future[struct{}] {
	op := &fileOp{file: f, fd: f.ring.number}
	op.again = func() { op.ring.uring.Sync(op.slot, 0, op.fd) }
	op.next = func(_ int, err error) { op.end(pathError("sync", f.Name(), err)) }
	return carry(ctx, f.loop, op, func() (none struct{}) { return none })
}

func readFileByRing(ctx context.Context, l *Loop, name string) *concurrent.Future[[]byte] {
	op, all := &fileOp{}, []byte(nil)
	op.openOnRing(name, os.O_RDONLY, 0, func() {
		size := int64(0)
		if st, err := op.own.Stat(); err == nil && st.Mode().IsRegular() {
			size = min(st.Size(), pieceSize)
		}
		all = make([]byte, 0, size+1) // one more finds the end
		var read func(n int, err error)
		more := func() {
			if len(all) == cap(all) {
				all = append(all, 0)[:len(all)]
			}
			op.readOnRing(all[len(all):min(cap(all), len(all)+pieceSize)], int64(len(all)), read)
			op.step()
		}
		read = func(n int, err error) {
			all = all[:len(all)+n]
			if err == nil {
				more()
				return
			}
			if err == io.EOF {
				op.end(nil)
				return
			}
			all = nil
			op.end(pathError("read", name, err))
		}
		more()
	})
	return carry(ctx, l, op, func() []byte { return all })
}

func writeFileByRing(ctx context.Context, l *Loop, name string, data []byte, perm fs.FileMode) *concurrent.Future[struct{}] {
	op := &fileOp{}
	op.openOnRing(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm, func() {
		n := 0
		var wrote func(more int, err error)
		more := func() {
			op.writeOnRing(data[n:min(len(data), n+pieceSize)], int64(n), wrote)
			op.step()
		}
		wrote = func(done int, err error) {
			if n += done; err == nil && n < len(data) {
				more()
				return
			}
			op.end(pathError("write", name, err))
		}
		if len(data) == 0 {
			op.end(nil)
			return
		}
		more()
	})
	return carry(ctx, l, op, func() (none struct{}) { return none })
}
