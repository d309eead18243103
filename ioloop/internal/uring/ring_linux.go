package uring

import (
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Ring carries operations to the kernel, and completions back. [New] makes one. One
// goroutine uses it at a time: while the ring runs, the one that is locked to the thread
// that called Start.
type Ring struct {
	kernel  *kernel
	buffers *Buffers
	slots   []slot
	free    []Slot
	born    uint32 // the generation of slots that were given back for good
	stuck   int    // so many free slots lie below one that was used at the last Trim
	running bool   // between Start and Stop
	started bool   // this kernel once ran
	waiting []entry
	flying  int     // operations that have not completed
	held    int     // those of them that wait for room
	slow    bool    // what is handed over may take its time within enter
	end     uint32  // of the completions that Dispatch tells of
	arg     waitArg // of enter: here, so that it does not move
	limit   unix.Timespec
}

// An Operation is told of the completions of what was started in its slot.
type Operation interface {
	Completed(Completion)
}

// A Completion says how an operation went.
type Completion struct {
	Kind   uint8 // that was given when the operation was started
	Result int   // a number of bytes, a descriptor, events; 0 after an error
	Err    error // a syscall.Errno, or nil
	flags  uint32
}

// More reports whether the operation goes on.
func (c Completion) More() bool { return c.flags&(1<<1) != 0 }

// HasBuffer reports whether the completion has a buffer, which has to be given back.
func (c Completion) HasBuffer() bool { return c.flags&(1<<0) != 0 }

func (c Completion) buffer() uint16 { return uint16(c.flags >> 16) }

// New returns a ring with count buffers of size bytes for Recv; count is a power of two. It
// can be used at once: what is started waits for Start. The error has the errno: EPERM
// where a filter forbids io_uring, ENOSYS and EINVAL where the kernel lacks it.
func New(count, size int) (*Ring, error) {
	r := &Ring{}
	var err error
	if r.kernel, err = open(); err != nil {
		return nil, err
	}
	if r.buffers, err = newBuffers(0, count, size); err != nil {
		r.kernel.close()
		return nil, err
	}
	if err = r.buffers.register(r.kernel); err != nil {
		r.buffers.close()
		r.kernel.close()
		return nil, err
	}
	return r, nil
}

// Buffers returns the buffers for Recv.
func (r *Ring) Buffers() *Buffers { return r.buffers }

// begin returns the entry of an operation that begins.
func (r *Ring) begin(s Slot, kind uint8, op uint8, fd int) *entry {
	r.slots[s].flying++
	r.slots[s].kinds |= 1 << kind
	r.flying++
	e, waits := r.next()
	if waits {
		r.held++
	}
	*e = entry{op: op, fd: int32(fd), tag: r.tag(s, kind)}
	return e
}

// next returns an entry to be filled in before the next call, and whether it waits for
// room, or for Start.
func (r *Ring) next() (e *entry, waits bool) {
	k := r.kernel
	if r.running && len(r.waiting) == 0 && (k.room() > 0 || r.submit() == nil && k.room() > 0) {
		return k.push(), false
	}
	r.waiting = append(r.waiting, entry{})
	return &r.waiting[len(r.waiting)-1], true
}

// Start makes the calling thread, to which the goroutine is locked, the one that enters
// the ring until Stop.
func (r *Ring) Start() error {
	if r.started { // the kernel knows another thread, which may be gone
		k, err := open()
		if err != nil {
			return err
		}
		if err := r.buffers.register(k); err != nil {
			k.close()
			return err
		}
		r.kernel.close()
		r.kernel = k
	}
	if err := r.kernel.register(registerEnable, nil, 0); err != nil {
		return err
	}
	r.started, r.running, r.end = true, true, 0
	return nil
}

// patience is how long the kernel gets to let go of what was canceled, before it is told
// again.
const patience = 50 * time.Millisecond

// Stop ends what is under way and waits until the kernel has let go of it: what cannot be
// canceled, such as a read of a disk, ends first. Operations are told as by Dispatch. What
// they start meanwhile waits for the next Start.
func (r *Ring) Stop() error {
	r.running = false
	for told := 0; r.flying > r.held; {
		if told == 0 { // one by one: to cancel any, the kernel looks at all of them each time
			for s := range r.slots {
				r.cancel(Slot(s))
			}
		}
		if err := r.enter(patience); err != nil {
			return err
		}
		told = r.Dispatch()
	}
	return nil
}

// cancel ends what the kernel has of a slot, before what waits for room. It leaves out what
// finds no room itself.
func (r *Ring) cancel(s Slot) {
	k := r.kernel
	for kinds := r.slots[s].kinds; kinds != 0; kinds &= kinds - 1 {
		if k.room() > 0 || r.submit() == nil && k.room() > 0 {
			*k.push() = canceling(r.tag(s, uint8(bits.TrailingZeros16(kinds))))
		}
	}
}

// submit hands over the entries that were filled in.
func (r *Ring) submit() error {
	return r.call(r.kernel.pushed(), 0, 0, nil, 0)
}

// Enter hands over what was started, and lets the kernel complete what it can. When
// nothing has completed it blocks, for d, or until something has if d is negative.
func (r *Ring) Enter(d time.Duration) error {
	r.refill()
	return r.enter(d)
}

// refill moves what waits for room to the kernel's queue.
func (r *Ring) refill() {
	for len(r.waiting) > 0 {
		if r.kernel.room() == 0 && r.submit() != nil || r.kernel.room() == 0 {
			return
		}
		n := min(len(r.waiting), int(r.kernel.room()))
		for _, e := range r.waiting[:n] {
			*r.kernel.push() = e
			if e.tag != 0 {
				r.held--
			}
		}
		r.waiting = append(r.waiting[:0], r.waiting[n:]...)
	}
}

const (
	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3
)

// waitArg is struct io_uring_getevents_arg.
type waitArg struct {
	mask     uint64
	maskSize uint32
	_        uint32
	limit    uint64
}

// fewEntries is how many entries go to the kernel in a system call that the scheduler does
// not know of. More take so long that they would hold up the garbage collector.
const fewEntries = 16

func (r *Ring) enter(d time.Duration) error {
	k := r.kernel
	defer func() { r.end = atomic.LoadUint32(k.doneTail) }()
	if n := k.pushed(); n > fewEntries || r.slow {
		r.slow = false
		if err := r.call(n, 0, enterGetEvents, nil, 0); err != nil {
			return err
		}
	} else if err := r.callRaw(n, enterGetEvents); err != nil {
		return err
	}
	if k.arrived() || d == 0 {
		return nil
	}
	return r.wait(1, d)
}

// wait blocks until there are so many completions, for d or for ever if d is negative.
func (r *Ring) wait(least uint32, d time.Duration) error {
	if d < 0 {
		return r.call(r.kernel.pushed(), least, enterGetEvents, nil, nsig/8)
	}
	r.limit = unix.NsecToTimespec(int64(d))
	r.arg = waitArg{maskSize: nsig / 8, limit: uint64(uintptr(unsafe.Pointer(&r.limit)))}
	return r.call(r.kernel.pushed(), least, enterGetEvents|enterExtArg, unsafe.Pointer(&r.arg), unsafe.Sizeof(r.arg))
}

const nsig = 64 // signals, of which a mask has as many bits

// call enters the kernel by a system call that may block.
func (r *Ring) call(submit, least uint32, flags uintptr, arg unsafe.Pointer, size uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.kernel.fd), uintptr(submit), uintptr(least), flags, uintptr(arg), size)
	return entered(errno)
}

// callRaw enters the kernel by a system call that does not block.
func (r *Ring) callRaw(submit uint32, flags uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.kernel.fd), uintptr(submit), 0, flags, 0, 0)
	return entered(errno)
}

// entered returns nil for what is no failure: a signal, the end of the time, and a lack of
// memory or of room that the next call may find.
func entered(errno syscall.Errno) error {
	switch errno {
	case 0, unix.EINTR, unix.ETIME, unix.EAGAIN, unix.EBUSY:
		return nil
	}
	return fmt.Errorf("io_uring_enter: %w", errno)
}

// Dispatch tells operations of the completions that the last Enter has found, and returns
// how many there were. When one panics, another Dispatch goes on after it.
func (r *Ring) Dispatch() (n int) {
	k := r.kernel
	for *k.doneHead != r.end {
		c := k.done[*k.doneHead&k.doneMask]
		atomic.StoreUint32(k.doneHead, *k.doneHead+1)
		if c.tag != 0 {
			n++
			r.tell(c)
		}
	}
	return n
}

// Empty reports whether the last Enter has found no completion.
func (r *Ring) Empty() bool { return *r.kernel.doneHead == r.end }

// tell tells an operation of a completion.
func (r *Ring) tell(c completion) {
	s := Slot(c.tag>>4) & (1<<28 - 1)
	p := &r.slots[s]
	if p.gen != uint32(c.tag>>32) || p.op == nil {
		return
	}
	told := Completion{Kind: uint8(c.tag & 15), Result: int(c.result), flags: c.flags}
	if c.result < 0 {
		told.Result, told.Err = 0, syscall.Errno(-c.result)
	}
	if !told.More() {
		r.flying--
		if p.flying--; p.flying == 0 {
			p.kinds = 0
		}
	}
	p.op.Completed(told)
}

// Settle ends what is under way in a slot, and tells its operation alone. It returns when
// the kernel has let go of all of it.
func (r *Ring) Settle(s Slot) error {
	r.drop(s)
	for r.slots[s].flying > 0 {
		r.cancel(s)
		have := atomic.LoadUint32(r.kernel.doneTail) - *r.kernel.doneHead
		if err := r.wait(have, patience); err != nil { // which hands over and lets it complete
			return err
		}
		if !r.pick(s) {
			if err := r.wait(have+1, patience); err != nil {
				return err
			}
			r.pick(s)
		}
	}
	return nil
}

// pick tells the operation of s of the completions that are there, out of turn, and
// reports whether there were any.
func (r *Ring) pick(s Slot) (some bool) {
	k := r.kernel
	for i, end := *k.doneHead, atomic.LoadUint32(k.doneTail); i != end; i++ {
		c := &k.done[i&k.doneMask]
		if c.tag != 0 && Slot(c.tag>>4)&(1<<28-1) == s && uint32(c.tag>>32) == r.slots[s].gen {
			one := *c
			c.tag = 0
			r.tell(one)
			some = true
		}
	}
	return some
}

// Drop ends what waits for Start, as if it had been canceled.
func (r *Ring) Drop() {
	waiting := r.waiting
	r.waiting = nil
	for _, e := range waiting {
		if e.tag != 0 {
			r.held--
			r.tell(completion{tag: e.tag, result: -int32(unix.ECANCELED)})
		}
	}
}

// drop is Drop for one slot.
func (r *Ring) drop(s Slot) {
	for i := 0; i < len(r.waiting); {
		e := r.waiting[i]
		if e.op == opCancel || Slot(e.tag>>4)&(1<<28-1) != s {
			i++
			continue
		}
		r.waiting = append(r.waiting[:i], r.waiting[i+1:]...)
		r.held--
		r.tell(completion{tag: e.tag, result: -int32(unix.ECANCELED)})
	}
}

// Close gives the ring back. Nothing may be under way but what waits for Start.
func (r *Ring) Close() error {
	if r.running {
		return errors.New("uring: Close of a ring that runs")
	}
	r.kernel.close()
	r.buffers.close()
	return nil
}
