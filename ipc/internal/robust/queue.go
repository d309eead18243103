package robust

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Queue passes items of bytes between processes. Each item lies in a slot. A process
// takes a slot in one section, copies the item outside of any, and moves the slot on in
// another section. So a slot is always somebody's, and what the dead were doing shows:
//
//	free → reserved by who puts → full, in the list → taken, or leased → free
//
// What a dead process was putting was never there; what it had taken is lost, and
// counted; what it had leased goes back into the list, by the order of publication.
//
// Small items are copied within a section: their slots go from free to full, and from full
// to free.
type Queue struct {
	guarded
	putters desk
	getters desk
	joiners desk
	slot    int // of this process
	slots   int // for items
	stride  int // bytes of an item's place
	places  unsafe.Pointer
	head    unsafe.Pointer

	puts, gots sync.Pool // of *put and *Got, for calls to come

	touched []atomic.Uint64 // the places of large items that this process has touched, a bit for each slot
}

// The words of a queue. Indexes of slots are counted from 1, and 0 is none.
const (
	qFirst      = iota // of the list of full slots
	qLast              // of it
	qLen               // full slots
	qFree              // the first of the list of free slots
	qUsed              // slots that are not free
	qBound             // how many may be used
	qSequence          // given to the item that was published last
	qUnfinished        // items that were published and are not done
	qLost              // items that went with the dead
	qDropped           // items that a shutdown has dropped
	qGot               // items that were taken, for good or to be returned
	qShut              // 1 after a shutdown
	qGetClaim          // see desk
	qPutClaim
	qHolds // of the process in each slot: items that it has taken and not done

	slotState    = 0 // what it is, whose, and when the item was published
	slotNext     = 1 // in the list of full or of free slots
	slotLength   = 2 // bytes of the item
	slotAttempts = 3 // how often it was leased
	slotWords    = 4

	qBatch   = 16 // items of a section
	qChanges = 3*qBatch + 8
)

// What a slot is. A fresh one was never used: the list of free slots goes on behind it.
const (
	slotFree = iota
	slotReserved
	slotFull
	slotTaken
	slotLeased

	slotKind     = 1<<3 - 1
	slotOwner    = 3  // where the slot + 1 of a process begins
	slotSequence = 14 // where the sequence begins
)

func slotWord(kind, process int, sequence uint64) uint64 {
	return uint64(kind) | uint64(process+1)<<slotOwner | sequence<<slotSequence
}

func kindOf(word uint64) int    { return int(word & slotKind) }
func processOf(word uint64) int { return int(word>>slotOwner&(1<<11-1)) - 1 }

// MaxItems is how many items a queue can have.
const MaxItems = 1<<31 - 1

func queueWords(m *mem.Memory, slots int) int { return qHolds + m.Slots() + slots*slotWords }

// QueueSize returns the bytes of a queue of so many items of so many bytes.
func QueueSize(m *mem.Memory, slots, bytes int) int {
	return queueHead + guardedSize(qChanges, queueWords(m, slots)) + 3*lineSize(m) + slots*placeSize(bytes)
}

func placeSize(bytes int) int { return (bytes + 7) / 8 * 8 }

// queueHead is the bytes before the guarded words: how many slots there are, and how many
// bytes each has.
const queueHead = 8

// QueueShape returns how many slots the queue at words has, and how many bytes each has.
// The caller checks whether the size is theirs.
func QueueShape(words unsafe.Pointer) (slots, bytes int) {
	return int((*atomic.Uint32)(words).Load()), int((*atomic.Uint32)(unsafe.Add(words, 4)).Load())
}

// QueueAt returns the queue whose bytes lie at words: see [Queue.Init] for a new one.
// Each process has one Queue for them.
func QueueAt(m *mem.Memory, words unsafe.Pointer, slots, bytes int) *Queue {
	q := &Queue{head: words}
	words = unsafe.Add(words, queueHead)
	q.at(m, words, slots)
	q.places = unsafe.Add(words, guardedSize(qChanges, queueWords(m, slots))+3*lineSize(m))
	q.stride = placeSize(bytes)
	q.putters.hall, q.getters.hall, q.joiners.hall = hallOf(m), hallOf(m), hallOf(m)
	q.puts.New, q.gots.New = q.newPut, q.newGot
	if bytes >= touchLeast {
		q.touched = make([]atomic.Uint64, slots/64+1)
	}
	return q
}

func (q *Queue) at(m *mem.Memory, p unsafe.Pointer, slots int) {
	n := queueWords(m, slots)
	q.guarded.at(m, p, qChanges, n)
	q.slot, q.slots = m.Self().Slot, slots
	p = unsafe.Add(p, guardedSize(qChanges, n))
	desks := []struct {
		d     *desk
		claim int
		ready func(*section, uint64) bool
	}{
		{&q.putters, qPutClaim, func(s *section, _ uint64) bool { return s.get(qUsed) < s.get(qBound) }},
		{&q.getters, qGetClaim, func(s *section, _ uint64) bool { return s.get(qLen) > 0 }},
		{&q.joiners, -1, func(s *section, _ uint64) bool { return s.get(qUnfinished) == 0 }},
	}
	for i, x := range desks {
		*x.d = desk{g: &q.guarded, line: lineAt(m, unsafe.Add(p, i*lineSize(m))), slot: q.slot, claim: x.claim, ready: x.ready}
	}
}

// Init makes a new queue, whose words are zero, one that may have as many items as it
// has slots. Nobody else has it yet.
func (q *Queue) Init() {
	(*atomic.Uint32)(q.head).Store(uint32(q.slots))
	(*atomic.Uint32)(unsafe.Add(q.head, 4)).Store(uint32(q.stride))
	q.words[qBound].Store(uint64(q.slots))
	q.words[qFree].Store(1)
	for i := 1; i < q.slots; i++ {
		q.words[q.word(i, slotNext)].Store(uint64(i + 1))
	}
}

// word returns the index of a word of slot i, which is counted from 1.
func (q *Queue) word(i, word int) int { return len(q.words) - (q.slots-i+1)*slotWords + word }

// valid reports whether there is a slot i.
func (q *Queue) valid(i uint64) bool { return i >= 1 && i <= uint64(q.slots) }

// place returns the place of the item in slot i.
func (q *Queue) place(i int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(q.places, (i-1)*q.stride)), q.stride)
}

// touchLeast is how many bytes are worth a system call, so that they are not mapped page by
// page.
const touchLeast = 64 << 10

// touch prepares for the first touch of so many bytes in slot i by this process.
func (q *Queue) touch(i, bytes int) {
	if bytes < touchLeast || q.touched == nil {
		return
	}
	word, bit := &q.touched[i/64], uint64(1)<<(i%64)
	if word.Load()&bit == 0 && word.Or(bit)&bit == 0 {
		q.m.Populate(q.place(i)[:bytes])
	}
}

// Len returns how many items there are.
func (q *Queue) Len() int { return int(min(q.peek().get(qLen), uint64(q.slots))) }

// Bound returns how many items there may be, and Resize changes that, up to the number of
// slots.
func (q *Queue) Bound() int { return int(q.peek().get(qBound)) }

// Resize changes the bound.
func (q *Queue) Resize(n int) {
	s, ok := q.beginPatiently()
	if !ok {
		return
	}
	s.set(qBound, uint64(min(n, q.slots)))
	s.end()
	q.putters.pass()
}

// Slots returns how many slots there are.
func (q *Queue) Slots() int { return q.slots }

// QueueStats describe a queue.
type QueueStats struct {
	Len, Bound                     int
	Put, Got, Dropped, Unfinished  uint64
	Lost                           uint64
	PuttersWaiting, GettersWaiting int // goroutines of this process
	Shut                           bool
}

// Stats returns the statistics, as of one moment.
func (q *Queue) Stats() QueueStats {
	s, ok := q.beginPatiently()
	if !ok {
		return QueueStats{}
	}
	defer s.end()
	return QueueStats{
		Len: int(s.get(qLen)), Bound: int(s.get(qBound)),
		Put: s.get(qSequence), Got: s.get(qGot), Dropped: s.get(qDropped),
		Unfinished: s.get(qUnfinished), Lost: s.get(qLost), Shut: s.get(qShut) != 0,
		PuttersWaiting: q.putters.here(), GettersWaiting: q.getters.here(),
	}
}

// here returns how many goroutines of this process wait.
func (d *desk) here() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.local.Len()
}
