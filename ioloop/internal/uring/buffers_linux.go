package uring

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Buffers are lent to the kernel, which receives into one of them when bytes have come: an
// idle connection needs none. Each is given back when what it holds was used.
type Buffers struct {
	group  uint16
	size   int
	memory []byte // of all buffers
	ring   []byte // what the kernel reads
	slots  []bufferSlot
	tail   uint16
	used   atomic.Bool // since Trim
}

// A bufferSlot is the kernel's struct io_uring_buf. The last word of the first slot is
// the ring's tail.
type bufferSlot struct {
	addr   uint64
	length uint32
	number uint16
	tail   uint16
}

// newBuffers makes count buffers of size bytes. count is a power of two.
func newBuffers(group uint16, count, size int) (*Buffers, error) {
	b := &Buffers{group: group, size: size}
	var err error
	const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if b.memory, err = unix.Mmap(-1, 0, count*size, unix.PROT_READ|unix.PROT_WRITE, flags); err != nil {
		return nil, fmt.Errorf("io_uring: mmap of %d bytes for buffers: %w", count*size, err)
	}
	length := count * int(unsafe.Sizeof(bufferSlot{}))
	if b.ring, err = unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, flags); err != nil {
		unix.Munmap(b.memory)
		return nil, fmt.Errorf("io_uring: mmap of %d bytes for buffers: %w", length, err)
	}
	b.slots = unsafe.Slice((*bufferSlot)(unsafe.Pointer(&b.ring[0])), count)
	return b, nil
}

// register lends all buffers to a kernel.
func (b *Buffers) register(k *kernel) error {
	b.tail = 0
	for i := range b.slots {
		b.put(uint16(i))
	}
	reg := struct {
		addr    uint64
		entries uint32
		group   uint16
		_       uint16
		_       [3]uint64
	}{addr: address(b.ring), entries: uint32(len(b.slots)), group: b.group}
	return k.register(registerBuffers, unsafe.Pointer(&reg), 1)
}

// Bytes returns what a completion has received.
func (b *Buffers) Bytes(c Completion) []byte {
	start := int(c.buffer()) * b.size
	if !b.used.Load() {
		b.used.Store(true)
	}
	return b.memory[start : start+c.Result : start+c.Result]
}

// GiveBack lends the buffer of a completion to the kernel again.
func (b *Buffers) GiveBack(c Completion) { b.put(c.buffer()) }

func (b *Buffers) put(number uint16) {
	s := &b.slots[int(b.tail)&(len(b.slots)-1)]
	s.addr, s.length, s.number = address(b.memory[int(number)*b.size:]), uint32(b.size), number
	b.tail++
	// The number of the first slot and the tail share the word that is stored.
	word := [2]uint16{b.slots[0].number, b.tail}
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&b.slots[0].number)), *(*uint32)(unsafe.Pointer(&word)))
}

// Used reports whether something was received since the last [Ring.Trim]. Any goroutine may call
// it.
func (b *Buffers) Used() bool { return b.used.Load() }

// trim gives the memory of the buffers back to the system. None may be in use.
func (b *Buffers) trim() {
	b.used.Store(false)
	unix.Madvise(b.memory, unix.MADV_DONTNEED)
}

func (b *Buffers) close() {
	unix.Munmap(b.memory)
	unix.Munmap(b.ring)
}
