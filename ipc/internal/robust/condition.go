package robust

import (
	"context"
	"slices"
	"sync"
	"unsafe"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A Condition lets goroutines release a [Lock], and wait until they are notified. How
// many goroutines of a process wait, and how many notifications it has and they have not
// yet taken, is one word. Goroutines of one process are notified in order, and processes
// in turn.
type Condition struct {
	guarded
	lock *Lock
	hall *Hall
	slot int

	order sync.Mutex // of the goroutines that begin to wait
	mu    sync.Mutex
	local list.List[*waiter]
}

// The words of a condition.
const (
	condTurn    = iota // the slot that was notified last
	condWaiting        // of the process in each slot: the goroutines that wait, and above them its notifications

	condChanges = 4
	condGranted = 32 // where the notifications begin
)

// ConditionSize returns the bytes of a condition.
func ConditionSize(m *mem.Memory) int { return guardedSize(condChanges, condWaiting+m.Slots()) }

// ConditionAt returns the condition of a lock whose bytes lie at words. They are zero for
// a new one. Each process has one Condition for them.
func ConditionAt(m *mem.Memory, words unsafe.Pointer, l *Lock) *Condition {
	c := &Condition{lock: l, hall: hallOf(m), slot: m.Self().Slot}
	c.guarded.at(m, words, condChanges, condWaiting+m.Slots())
	return c
}

// Held reports whether this process has the lock.
func (c *Condition) Held() bool { return c.lock.Held() }

func split(word uint64) (waiting, granted uint32) { return uint32(word), uint32(word >> condGranted) }

func joined(waiting, granted uint32) uint64 { return uint64(waiting) | uint64(granted)<<condGranted }

// Wait releases the lock, which this process has, blocks until a notification, and takes
// the lock again. It returns context.Cause(ctx) when ctx ends first. The lock is held
// whenever it returns, but after closed.Err. died is as of [Lock.Lock].
func (c *Condition) Wait(ctx context.Context) (died bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if !c.hall.begin() {
		return false, closed.Err
	}
	defer c.hall.end()
	w := &waiter{guest: newGuest()}
	w.place.Value = w
	c.order.Lock()
	err = c.begins(ctx, w)
	c.order.Unlock()
	if err != nil {
		return false, err
	}
	c.lock.Unlock()
	err = c.wait(ctx, w)
	if err == closed.Err {
		return false, err
	}
	// The lock is waited for without ctx: the caller is to have it.
	died, failed := c.lock.Lock(context.Background())
	if failed != nil {
		return false, failed
	}
	return died, err
}

// begins books w as one that waits.
func (c *Condition) begins(ctx context.Context, w *waiter) error {
	s, ok := c.begin(ctx)
	switch {
	case !ok && c.m.Closed():
		return closed.Err
	case !ok:
		return context.Cause(ctx)
	}
	waiting, granted := split(s.get(condWaiting + c.slot))
	s.set(condWaiting+c.slot, joined(waiting+1, granted))
	s.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.local.Push(&w.place)
	return nil
}

func (c *Condition) wait(ctx context.Context, w *waiter) error {
	c.hall.enter(w.guest)
	defer c.hall.leave(w.guest)
	for {
		bell := c.hall.bell.Load()
		if c.first(w) {
			if ok, err := c.consume(w, false); ok || err != nil {
				return err
			}
		}
		if c.m.AnyDead() {
			c.m.Sweep()
			continue
		}
		if err := c.hall.wait(ctx, w.guest, bell, watched); err != nil {
			ok, closed := c.consume(w, true)
			switch {
			case ok:
				return nil
			case closed != nil:
				return closed
			}
			return err
		}
	}
}

func (c *Condition) first(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.local.First() == &w.place
}

// consume takes a notification of this process for w, which waits no more then. If there
// is none it waits on, or, if it leaves, is one less to be notified.
func (c *Condition) consume(w *waiter, leaves bool) (bool, error) {
	first := c.first(w)
	s, ok := c.beginPatiently()
	if !ok {
		c.remove(w)
		return false, closed.Err
	}
	waiting, granted := split(s.get(condWaiting + c.slot))
	took := granted > 0 && (first || granted >= waiting)
	switch {
	case took:
		granted--
		fallthrough
	case leaves:
		s.set(condWaiting+c.slot, joined(max(waiting, 1)-1, granted))
	}
	s.end()
	if took || leaves {
		c.remove(w)
	}
	return took, nil
}

func (c *Condition) remove(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local.Remove(&w.place) {
		if next := c.local.First(); next != nil {
			c.hall.call(next.Value.guest)
		}
	}
}

// Notify notifies n goroutines, or all that wait if there are fewer. Who has the lock
// calls it. The processes are rung when that gives the lock back, see [Lock.owe], or dies.
func (c *Condition) Notify(n int) {
	for n > 0 {
		s, ok := c.beginPatiently()
		if !ok {
			return
		}
		slots := make([]int, 0, condChanges-1)
		for len(slots) < cap(slots) && n > 0 {
			t := c.next(s)
			if t < 0 {
				n = 0
				break
			}
			waiting, granted := split(s.get(condWaiting + t))
			if !slices.Contains(slots, t) {
				slots = append(slots, t)
			}
			s.set(condWaiting+t, joined(waiting, granted+1))
			s.set(condTurn, uint64(t))
			n--
		}
		s.end()
		for _, t := range slots {
			c.lock.owe(t)
		}
	}
}

// next returns the slot of the next process with a goroutine to be notified, or −1.
func (c *Condition) next(s *section) int {
	used := c.m.Used()
	turn := int(s.get(condTurn))
	for i := range used {
		t := (turn%max(used, 1) + 1 + i) % used
		if waiting, granted := split(s.get(condWaiting + t)); waiting > granted {
			return t
		}
	}
	return -1
}

// ForgetCondition is the rule for a condition: notifications that the dead have not taken
// go to others.
func ForgetCondition(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
	if size < uint64(ConditionSize(m)) {
		return true
	}
	c := &Condition{}
	c.guarded.at(m, words, condChanges, condWaiting+m.Slots())
	mine := condWaiting + gone.Slot
	for {
		s, ok := c.beginSweep(gone)
		if !ok {
			return !m.Here(gone)
		}
		_, granted := split(s.get(mine))
		t := -1
		if granted > 0 {
			s.set(mine, joined(0, granted))
			t = c.next(s)
		}
		if t < 0 {
			s.set(mine, 0)
			s.endSweep()
			break
		}
		waiting, has := split(s.get(condWaiting + t))
		s.set(condWaiting+t, joined(waiting, has+1))
		s.set(mine, joined(0, granted-1))
		s.endSweep()
	}
	for t := range m.Used() { // the dead may have owed any of them a wake-up
		if _, granted := split(c.words[condWaiting+t].Load()); granted > 0 {
			ring(m, t)
		}
	}
	return true
}
