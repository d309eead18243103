package link

import (
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/fresh"
	"github.com/fanfold/fanfold/internal/memfd"
)

// A store is a part of a ring's memory for one body that does not fit into a slot. There
// is one for calls, which the pool writes, and one for answers, which the worker writes.
// The memory of a store is kept for the next body: memory that is new costs a page fault
// for every 4 KiB of it, on both sides.
//
// What is larger than a store travels in memory of its own, or in the pipe. So a worker
// keeps two stores at most, and gives back what its calls need no more.
const (
	storeSize   = 17 << 20 // 16 MiB, a common size, and some more for what is encoded of it
	storeCalls  = 1 << 20  // the offset of the store for calls; a ring is smaller
	storeReply  = storeCalls + storeSize
	memorySize  = storeReply + storeSize
	storeStep   = 256 << 10 // a store grows and shrinks by so many bytes
	storePeriod = 64        // after so many calls what none of them needed is given back
)

// storable reports whether the body of f can lie in a store, and the rest in a slot.
func (f *Frame) storable() bool {
	return f.Files == 0 && len(f.Body) <= storeSize && headerSize+len(f.Name) <= slotSize-slotStart
}

// A level is how much of a store is kept, and how much calls have needed of late.
type level struct {
	kept, most, calls int
}

// needs notes that a call needs n bytes.
func (l *level) needs(n int) {
	l.most = max(l.most, n)
	l.calls++
}

// excess returns what of the store has not been needed for a while, once: first is where
// it begins, or is 0 if there is none.
func (l *level) excess() (first, n int) {
	if l.calls < storePeriod {
		return 0, 0
	}
	keep := max(steps(l.most), storeStep)
	if l.calls, l.most = 0, 0; l.kept < 4*keep {
		return 0, 0
	}
	first, n = keep, l.kept-keep
	l.kept = keep
	return first, n
}

// steps returns n, rounded up to steps of a store.
func steps(n int) int { return (n + storeStep - 1) / storeStep * storeStep }

// A callStore is the pool's side of the two stores of a worker. It reads and writes them
// by system calls and never maps them: whatever the worker does with that memory, no
// access of the pool's can be a fatal signal.
type callStore struct {
	memory *os.File
	there  bool // the memory has stores
	level  level
}

func newCallStore(memory *os.File) callStore {
	info, err := memory.Stat()
	return callStore{memory: memory, there: err == nil && info.Size() >= memorySize}
}

// put writes the body of a call into its store, and reports false if there is no memory
// for it.
func (s *callStore) put(body []byte) bool {
	if !s.there || !memfd.Fits(storeCalls+len(body)) {
		return false
	}
	s.level.needs(len(body))
	if _, err := s.memory.WriteAt(body, storeCalls); err != nil {
		s.level.kept = storeSize // nobody knows how much of it
		return false
	}
	s.level.kept = max(s.level.kept, steps(len(body)))
	return true
}

// trim gives back what calls need no more. The worker has no call.
func (s *callStore) trim() {
	if first, n := s.level.excess(); n > 0 {
		_ = memfd.Punch(s.memory, int64(storeCalls+first), n)
	}
}

// answer returns a copy of an answer's body of n bytes. The error matches ErrProtocol if
// the worker has not filled so much: what it has not allocated is not allocated here.
func (s *callStore) answer(n int) ([]byte, error) {
	if !s.there || n > storeSize || !memfd.Filled(s.memory, storeReply, n) {
		return nil, fmt.Errorf("%w: %d bytes in a store that has not as many", ErrProtocol, n)
	}
	body := fresh.Bytes(n)
	if _, err := s.memory.ReadAt(body, storeReply); err != nil {
		return nil, err
	}
	return body, nil
}

// An answerStore is the worker's side of the two stores. It maps both.
type answerStore struct {
	calls   []byte         // to be read: empty if there is none
	answers []byte         // to be written; nil if there is none
	unread  *atomic.Uint32 // 1: the pool has not read the last answer there
	level   level
}

// openStores maps the stores in a ring's memory. Without them bodies go other ways.
func openStores(r ring, memory *os.File) answerStore {
	s := answerStore{unread: r.word(ringUnread)}
	if info, err := memory.Stat(); err != nil || info.Size() < memorySize {
		return s
	}
	if calls, err := memfd.MapAt(memory, storeCalls, storeSize); err == nil {
		s.calls = calls
	}
	if answers, err := memfd.MapAt(memory, storeReply, storeSize); err == nil {
		s.answers = answers
	}
	return s
}

// room returns memory for the next answer to be encoded in: nil if there is none yet, or
// if the last answer is still there.
func (s *answerStore) room() []byte {
	if s.answers == nil || s.unread.Load() != 0 {
		return nil
	}
	if first, n := s.level.excess(); n > 0 {
		_ = unix.Madvise(s.answers[first:first+n], unix.MADV_REMOVE)
	}
	return s.answers[:0:s.level.kept]
}

// put has an answer's body lie in the store, if it does not lie there already. It reports
// false if it cannot.
func (s *answerStore) put(body []byte) bool {
	s.level.needs(len(body))
	switch {
	case s.answers == nil || len(body) > storeSize || s.unread.Load() != 0:
		return false
	case len(body) > s.level.kept && !s.grow(steps(len(body))):
		return false
	}
	if &body[0] != &s.answers[0] {
		copy(s.answers, body)
	}
	s.unread.Store(1)
	return true
}

// grow allocates the first n bytes of the store. Memory that is missing is an error here
// and would be a fatal signal later.
func (s *answerStore) grow(n int) bool {
	n = min(n, storeSize)
	if unix.Madvise(s.answers[s.level.kept:n], unix.MADV_POPULATE_WRITE) != nil {
		return false
	}
	s.level.kept = n
	return true
}
