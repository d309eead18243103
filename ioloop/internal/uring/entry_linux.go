package uring

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// An entry is the kernel's struct io_uring_sqe.
type entry struct {
	op       uint8
	flags    uint8
	mode     uint16 // ioprio
	fd       int32
	off      uint64
	addr     uint64
	length   uint32
	opFlags  uint32
	tag      uint64 // user_data
	bufGroup uint16
	_        uint16
	_        int32
	_        [2]uint64
}

// The operations, and what they are told by flags and mode.
const (
	opSync   = 3
	opPoll   = 6
	opAccept = 13
	opCancel = 14
	opOpen   = 18
	opRead   = 22
	opWrite  = 23
	opSend   = 26
	opRecv   = 27

	selectBuffer = 1 << 5 // IOSQE_BUFFER_SELECT
	skipSuccess  = 1 << 6 // IOSQE_CQE_SKIP_SUCCESS

	pollMulti   = 1 << 0
	recvMulti   = 1 << 1
	acceptMulti = 1 << 0
	cancelAll   = 1 << 0
)

// lastOp is the highest number of an operation that is used.
const lastOp = opRecv

func address(p []byte) uint64 { return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))) }

// Recv receives from a socket, again and again, each time into a buffer of b. A completion
// without [More] is the last one.
func (r *Ring) Recv(s Slot, kind uint8, fd int, b *Buffers) {
	e := r.begin(s, kind, opRecv, fd)
	e.flags, e.mode, e.bufGroup = selectBuffer, recvMulti, b.group
}

// Send sends p, or a part of it.
func (r *Ring) Send(s Slot, kind uint8, fd int, p []byte) {
	e := r.begin(s, kind, opSend, fd)
	e.addr, e.length, e.opFlags = address(p), uint32(len(p)), unix.MSG_NOSIGNAL
}

// Accept accepts connections that do not block, again and again. A completion without
// [More] is the last one.
func (r *Ring) Accept(s Slot, kind uint8, fd int) {
	e := r.begin(s, kind, opAccept, fd)
	e.mode, e.opFlags = acceptMulti, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC
}

// Poll waits until fd is ready for one of the events of poll(2), once.
func (r *Ring) Poll(s Slot, kind uint8, fd int, events uint32) {
	r.begin(s, kind, opPoll, fd).opFlags = pollEvents(events)
}

// PollAgain tells whenever one of the events comes. A completion without [More] is the
// last one.
func (r *Ring) PollAgain(s Slot, kind uint8, fd int, events uint32) {
	e := r.begin(s, kind, opPoll, fd)
	e.opFlags, e.length = pollEvents(events), pollMulti
}

// Read reads into p from an offset of a file.
func (r *Ring) Read(s Slot, kind uint8, fd int, p []byte, off int64) {
	r.transfer(s, kind, opRead, fd, p, off)
}

// Write writes p at an offset of a file.
func (r *Ring) Write(s Slot, kind uint8, fd int, p []byte, off int64) {
	r.transfer(s, kind, opWrite, fd, p, off)
}

// mostBytes is how much the kernel reads or writes at once.
const mostBytes = 0x7ffff000

func (r *Ring) transfer(s Slot, kind uint8, op uint8, fd int, p []byte, off int64) {
	e := r.begin(s, kind, op, fd)
	e.addr, e.length, e.off = address(p), uint32(min(len(p), mostBytes)), uint64(off)
	r.slow = true
}

// Sync writes what the kernel has of a file to the disk.
func (r *Ring) Sync(s Slot, kind uint8, fd int) {
	r.begin(s, kind, opSync, fd)
	r.slow = true
}

// Open opens a file. name ends with a zero byte.
func (r *Ring) Open(s Slot, kind uint8, name []byte, flags int, mode uint32) {
	e := r.begin(s, kind, opOpen, unix.AT_FDCWD)
	e.addr, e.length, e.opFlags = address(name), mode, uint32(flags)
	r.slow = true
}

// Cancel ends the operations of a kind of a slot, which complete with ECANCELED unless they
// have ended meanwhile.
func (r *Ring) Cancel(s Slot, kind uint8) {
	e, _ := r.next()
	*e = canceling(r.tag(s, kind))
}

// canceling returns the entry that ends the operations of a tag.
func canceling(tag uint64) entry {
	return entry{op: opCancel, flags: skipSuccess, fd: -1, addr: tag, opFlags: cancelAll}
}

// pollEvents returns events as the kernel wants them: the halves of the word change places
// on big-endian machines.
func pollEvents(e uint32) uint32 {
	if bigEndian {
		return e<<16 | e>>16
	}
	return e
}

var bigEndian = func() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 0
}()
