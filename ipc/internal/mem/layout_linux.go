//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"sync/atomic"
	"unsafe"
)

// A segment is, from its first byte on: the header, a slot for each process, objects.
// All offsets are from the first byte, and those of objects are multiples of align.
const (
	magic   = 0x646c6f666e6166 // "fanfold"
	version = 1

	headerSize = 4096
	slotSize   = 64
	align      = 64

	maxProcesses = 1024 // that may have a segment at a time
)

type header struct {
	magic     uint64
	version   uint32
	processes uint32 // slots
	max       uint64 // bytes that the segment may grow to
	id        [16]byte

	grown   atomic.Uint64 // bytes that are reserved
	next    atomic.Uint64 // the first byte that no object has
	objects atomic.Uint64 // the offset of the object made last, which leads to all others
	count   atomic.Uint64 // objects
	deaths  atomic.Uint64 // processes that were swept
	top     atomic.Uint32 // slots that were ever taken

	unlisted atomic.Uint32 // 1 once there was a process of whose death the kernel tells nothing
}

// A slot is a process's place in a segment. Only its process and the kernel write life.
type slot struct {
	life   atomic.Uint32 // the id of a thread, or what the kernel makes of it: see guardian_linux.go
	_      uint32
	node   uintptr       // of the kernel's list of that thread
	state  atomic.Uint64 // the generation, and live
	bell   atomic.Uint32 // rung by others, to wake the process
	asleep atomic.Uint32 // threads that sleep on the bell
	pid    atomic.Int32
	_      uint32
	began  atomic.Uint64 // when the process began, if the kernel does not tell its death: see unlisted_linux.go
	_      [16]byte
}

// live is the bit of a slot's state that says that a process has the slot, or has died
// with it and was not swept. The generation lies above it.
const live = 1

// An object is what lies before the words of an object. Behind these lies its name.
type object struct {
	before atomic.Uint64 // the object made before this one, 0 for the first
	kind   uint32
	name   uint32 // bytes
	shape  uint64 // a hash of the type's layout and sizes
	size   uint64 // bytes of the words
}

const objectSize = 32

// Compile-time checks of the sizes that other processes rely on.
var (
	_ [slotSize]byte   = [unsafe.Sizeof(slot{})]byte{}
	_ [objectSize]byte = [unsafe.Sizeof(object{})]byte{}
)
