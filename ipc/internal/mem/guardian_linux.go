//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A guardian is a thread whose death is that of the process, and of which the kernel
// keeps a list of words: the lives of the process in its segments. When the thread ends,
// in whatever way, the kernel sets ownerDied in each, and wakes one thread that waits
// for the word. (The kernel has these lists for robust mutexes: kernel/futex/core.c,
// handle_futex_death.)
//
// The thread runs no code but this file's. The list has one entry for a segment, far
// from the kernel's limit of 2,048.
type guardian struct {
	head *listHead
	tid  uint32

	listed bool // the kernel has the list: see unlisted_linux.go

	tasks chan func()
	lives int // entries
}

// The bits of a life beside the id of the guardian's thread.
const (
	ownerDied = 0x40000000 // FUTEX_OWNER_DIED: the kernel's note
	waiters   = 0x80000000 // FUTEX_WAITERS: the kernel is to wake a waiter
)

// A listHead is the kernel's struct robust_list_head. The list is a ring: the last node
// leads to the head.
type listHead struct {
	first   uintptr // a node's address, or the head's own
	offset  int64   // of a node's life, from the node
	pending uintptr // a node that is just being put in or taken out
}

// lifeOffset is where the life of a slot lies, from its node.
const lifeOffset = -int64(unsafe.Offsetof(slot{}.node))

// guardians has the guardian of this process, while there is a segment. A segment that can
// be cut short has a guardian of its own: the kernel's walk ends where it cannot read.
var guardians struct {
	sync.Mutex
	common *guardian
}

// guard runs f in the thread of the memory's guardian, which is started before and ends
// after the last life. f returns how many lives there are more, or less.
func (m *Memory) guard(f func(g *guardian) (int, error)) error {
	guardians.Lock()
	defer guardians.Unlock()
	current := &m.guardian
	if m.sealed {
		current = &guardians.common
	}
	g := *current
	if g == nil {
		var err error
		if g, err = newGuardian(); err != nil {
			return err
		}
		*current = g
	}
	result := make(chan error)
	g.tasks <- func() {
		n, err := f(g)
		g.lives += n
		result <- err
	}
	err := <-result
	if g.lives == 0 {
		*current = nil
		close(g.tasks)
	}
	return err
}

func newGuardian() (*guardian, error) {
	g := &guardian{tasks: make(chan func())}
	ready := make(chan error)
	go g.run(ready)
	return g, <-ready
}

// run is the life of the guardian. The thread ends with it, since the kernel has an
// address of it.
func (g *guardian) run(ready chan<- error) {
	runtime.LockOSThread()
	// Memory of its own, which no collector moves or frees.
	page, err := unix.MmapPtr(-1, 0, nil, uintptr(os.Getpagesize()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		runtime.UnlockOSThread()
		ready <- os.NewSyscallError("mmap", err)
		return
	}
	g.head = (*listHead)(page)
	g.head.first, g.head.offset = uintptr(page), lifeOffset
	g.tid = uint32(unix.Gettid())
	g.listed = setRobustList(uintptr(page), unsafe.Sizeof(listHead{})) == 0
	ready <- nil
	for task := range g.tasks {
		task()
	}
	_ = setRobustList(0, unsafe.Sizeof(listHead{}))
	_ = unix.MunmapPtr(page, uintptr(os.Getpagesize()))
}

// claim makes s this process's, if no process has it. It returns false if one has. A
// kill in between leaves a slot that the kernel has dealt with.
func (g *guardian) claim(s *slot) bool {
	life := s.life.Load()
	if s.state.Load()&live != 0 || life != 0 && life&ownerDied == 0 {
		return false
	}
	node := uintptr(unsafe.Pointer(&s.node))
	order(&g.head.pending, node)
	if !s.life.CompareAndSwap(life, g.tid|waiters) {
		order(&g.head.pending, 0)
		return false
	}
	order(&s.node, g.head.first)
	order(&g.head.first, node)
	order(&g.head.pending, 0)
	return true
}

// leave takes s out of the list and frees it for others. state is that of a free slot.
func (g *guardian) leave(s *slot, state uint64) {
	node := uintptr(unsafe.Pointer(&s.node))
	order(&g.head.pending, node)
	for at := &g.head.first; *at != uintptr(unsafe.Pointer(g.head)); at = (*uintptr)(pointer(*at)) {
		if *at == node {
			order(at, s.node)
			break
		}
	}
	s.pid.Store(0)
	s.state.Store(state)
	s.life.Store(0)
	order(&g.head.pending, 0)
}

// order stores v in a word that the kernel reads, if the thread is killed, in the order
// of these stores.
func order(word *uintptr, v uintptr) { atomic.StoreUintptr(word, v) }

// pointer returns the address that a word of the list holds, of memory that no collector
// knows.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
