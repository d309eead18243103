package uring

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A kernel is what the kernel has of a ring, and the memory that it shares with us.
type kernel struct {
	fd      int
	rings   []byte // both queues
	entries []byte

	submitHead, submitTail *uint32
	submitMask             uint32
	slots                  []entry

	doneHead, doneTail *uint32
	doneMask           uint32
	done               []completion
}

// A completion is the kernel's struct io_uring_cqe.
type completion struct {
	tag    uint64
	result int32
	flags  uint32
}

// params is struct io_uring_params.
type params struct {
	submitEntries, doneEntries uint32
	flags                      uint32
	cpu, idle                  uint32
	features                   uint32
	workers                    uint32
	_                          [3]uint32
	submit, done               offsets
}

// offsets is struct io_sqring_offsets and struct io_cqring_offsets. The words after the
// fourth have other meanings in each.
type offsets struct {
	head, tail, mask, entries uint32
	fifth, sixth, seventh, _  uint32
	_                         uint64
}

// What setup is asked for. The queue of completions is the longer one, since one entry may
// complete many times.
const (
	submitEntries = 256
	doneEntries   = 4096

	setupDoneSize     = 1 << 3 // IORING_SETUP_CQSIZE
	setupDisabled     = 1 << 6
	setupSubmitAll    = 1 << 7
	setupSingleIssuer = 1 << 12
	setupDeferRun     = 1 << 13

	featureSingleMap = 1 << 0
	featureNoDrop    = 1 << 1
	featureExtArg    = 1 << 8

	offsetRings   = 0
	offsetEntries = 0x10000000
)

// open makes a ring that is disabled: the thread that enables it is the one that may enter
// it.
func open() (*kernel, error) {
	p := params{
		doneEntries: doneEntries,
		flags:       setupDoneSize | setupDisabled | setupSubmitAll | setupSingleIssuer | setupDeferRun,
	}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, submitEntries, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w", errno)
	}
	k := &kernel{fd: int(fd)}
	err := k.share(&p)
	if err == nil {
		err = k.probe()
	}
	if err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

// share maps the memory of the ring.
func (k *kernel) share(p *params) error {
	const needed = featureSingleMap | featureNoDrop | featureExtArg
	if p.features&needed != needed {
		return fmt.Errorf("io_uring_setup: features %#x: %w", p.features, unix.ENOSYS)
	}
	size := max(int(p.submit.seventh)+int(p.submitEntries)*4, int(p.done.sixth)+int(p.doneEntries)*int(unsafe.Sizeof(completion{})))
	var err error
	if k.rings, err = unix.Mmap(k.fd, offsetRings, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		return fmt.Errorf("io_uring: mmap: %w", err)
	}
	size = int(p.submitEntries) * int(unsafe.Sizeof(entry{}))
	if k.entries, err = unix.Mmap(k.fd, offsetEntries, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		return fmt.Errorf("io_uring: mmap: %w", err)
	}
	k.slots = unsafe.Slice((*entry)(unsafe.Pointer(&k.entries[0])), p.submitEntries)
	k.submitHead, k.submitTail, k.submitMask = k.word(p.submit.head), k.word(p.submit.tail), *k.word(p.submit.mask)
	k.doneHead, k.doneTail, k.doneMask = k.word(p.done.head), k.word(p.done.tail), *k.word(p.done.mask)
	k.done = unsafe.Slice((*completion)(unsafe.Pointer(&k.rings[p.done.sixth])), p.doneEntries)
	order := unsafe.Slice(k.word(p.submit.seventh), p.submitEntries) // of the entries: theirs
	for i := range order {
		order[i] = uint32(i)
	}
	return nil
}

func (k *kernel) word(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&k.rings[offset])) }

// The commands of io_uring_register.
const (
	registerProbe   = 8
	registerEnable  = 12
	registerBuffers = 22
)

func (k *kernel) register(command int, arg unsafe.Pointer, n int) error {
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(k.fd), uintptr(command), uintptr(arg), uintptr(n), 0, 0)
	if errno != 0 {
		return fmt.Errorf("io_uring_register: %w", errno)
	}
	return nil
}

// probe returns an error if the kernel lacks one of the operations.
func (k *kernel) probe() error {
	var p struct {
		last, length uint8
		_            uint16
		_            [3]uint32
		ops          [lastOp + 1]struct {
			op    uint8
			_     uint8
			flags uint16
			_     uint32
		}
	}
	if err := k.register(registerProbe, unsafe.Pointer(&p), len(p.ops)); err != nil {
		return err
	}
	for _, op := range []int{opSync, opPoll, opAccept, opCancel, opOpen, opRead, opWrite, opSend, opRecv} {
		if p.ops[op].flags&1 == 0 {
			return fmt.Errorf("io_uring: no operation %d: %w", op, unix.ENOSYS)
		}
	}
	return nil
}

// room returns how many entries there is room for.
func (k *kernel) room() uint32 {
	return uint32(len(k.slots)) - (*k.submitTail - atomic.LoadUint32(k.submitHead))
}

// push returns an entry to be filled in before the next enter, for which there is room.
func (k *kernel) push() *entry {
	tail := *k.submitTail
	atomic.StoreUint32(k.submitTail, tail+1)
	return &k.slots[tail&k.submitMask]
}

// pushed returns how many entries the kernel has not taken.
func (k *kernel) pushed() uint32 { return *k.submitTail - atomic.LoadUint32(k.submitHead) }

// arrived reports whether there are completions.
func (k *kernel) arrived() bool { return atomic.LoadUint32(k.doneTail) != *k.doneHead }

func (k *kernel) close() {
	if k.rings != nil {
		unix.Munmap(k.rings)
	}
	if k.entries != nil {
		unix.Munmap(k.entries)
	}
	unix.Close(k.fd)
}
