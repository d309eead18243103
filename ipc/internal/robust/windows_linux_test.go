//go:build fanfold_windows && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package robust

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// A works is one object of each kind, in one memory, and the books of its users.
type works struct {
	m       *mem.Memory
	lock    *Lock
	permits *Semaphore
	rw      *RWLock
	meet    *Barrier
	cond    *Condition
	queue   *Queue
	books   *books
}

// books is what a process has done for certain, and what the locks guard.
type books struct {
	lock, rw             [2]uint64 // counted before and after each visit
	put, got, done, lost atomic.Uint64
	waits                atomic.Int64 // goroutines at the condition
}

const (
	worksKind = kind + 1 + iota
	worksPermits
	worksRW
	worksMeet
	worksCond
	worksQueue
	worksBooks
)

const asWindow = "ROBUST_TEST_WINDOW" // what the peer does, where it dies, and when

func init() {
	rules := []mem.Rule{ForgetLock, ForgetSemaphore(true), ForgetRWLock, ForgetBarrier, ForgetCondition, ForgetQueue}
	for i, rule := range rules {
		mem.Register(worksKind+uint32(i), rule)
	}
	mem.Register(worksBooks, func(*mem.Memory, unsafe.Pointer, uint64, mem.Owner) bool { return true })
	if os.Getenv(asWindow) != "" {
		dieAtWindow()
		os.Exit(0)
	}
}

const places, place = 4, quick + 8 // of the queue, and bytes of each

// Items that are copied within a section, and outside of any.
var small, large = []byte("itemitem"), bytes.Repeat([]byte("item"), place/4)

// worksOf makes the objects, or finds those that were made.
func worksOf(m *mem.Memory) (*works, error) {
	w := &works{m: m}
	var words [7]unsafe.Pointer
	sizes := []int{
		LockSize(m), SemaphoreSize(m, true), RWLockSize(m), BarrierSize(m), ConditionSize(m),
		QueueSize(m, places, place), int(unsafe.Sizeof(books{})),
	}
	for i, size := range sizes {
		offset, err := m.New(worksKind+uint32(i), 1, size, fmt.Sprint("works", i), func(at unsafe.Pointer) {
			switch i {
			case 1:
				InitSemaphore(m, at, true, 2)
			case 3:
				BarrierAt(m, at).Init(2)
			case 5:
				QueueAt(m, at, places, place).Init()
			}
		})
		if err != nil {
			return nil, err
		}
		if words[i], err = m.Find(offset, worksKind+uint32(i), 1, size); err != nil {
			return nil, err
		}
	}
	w.lock = LockAt(m, words[0])
	w.permits = SemaphoreAt(m, words[1], true)
	w.rw = RWLockAt(m, words[2])
	w.meet = BarrierAt(m, words[3])
	w.cond = ConditionAt(m, words[4], w.lock)
	w.queue = QueueAt(m, words[5], places, place)
	w.books = (*books)(words[6])
	return w, nil
}

// operations are what a process does again and again. Each returns false when ctx ends.
var operations = map[string]func(ctx context.Context, w *works) bool{
	"lock": func(ctx context.Context, w *works) bool {
		died, err := w.lock.Lock(ctx)
		if err != nil {
			return false
		}
		visit(&w.books.lock, died, func() { w.lock.MarkConsistent() })
		return w.lock.Unlock()
	},
	"permits": func(ctx context.Context, w *works) bool {
		return w.permits.Acquire(ctx, 1) == nil && w.permits.Release(1)
	},
	"write": func(ctx context.Context, w *works) bool {
		died, err := w.rw.Lock(ctx)
		if err != nil {
			return false
		}
		visit(&w.books.rw, died, func() { w.rw.MarkConsistent() })
		return w.rw.Unlock()
	},
	"read": func(ctx context.Context, w *works) bool {
		switch err := w.rw.RLock(ctx); err {
		case nil:
			return w.rw.RUnlock()
		case ErrDied:
			return true
		}
		return false
	},
	"meet": func(ctx context.Context, w *works) bool {
		_, err := w.meet.Wait(ctx, nil)
		if err == ErrBroken {
			w.meet.Reset()
		}
		return ctx.Err() == nil
	},
	"wait": func(ctx context.Context, w *works) bool {
		if died, err := w.lock.Lock(ctx); err != nil {
			return false
		} else if died {
			visit(&w.books.lock, died, func() { w.lock.MarkConsistent() })
		}
		_, err := w.cond.Wait(ctx)
		if w.lock.Held() {
			w.lock.MarkConsistent()
			w.lock.Unlock()
		}
		return err == nil
	},
	"notify": func(ctx context.Context, w *works) bool {
		if died, err := w.lock.Lock(ctx); err != nil {
			return false
		} else if died {
			visit(&w.books.lock, died, func() { w.lock.MarkConsistent() })
		}
		w.cond.Notify(2)
		return w.lock.Unlock()
	},
	"put":       func(ctx context.Context, w *works) bool { return w.put(ctx, small) },
	"put large": func(ctx context.Context, w *works) bool { return w.put(ctx, large) },
	"get": func(ctx context.Context, w *works) bool {
		g, err := w.queue.Get(ctx, 2)
		if err != nil {
			return false
		}
		for i := range g.Len() {
			if item := g.Item(i); !bytes.Equal(item, small) && !bytes.Equal(item, large) {
				panic("an item arrived as another")
			}
		}
		w.finish(g)
		return true
	},
	"lease": func(ctx context.Context, w *works) bool {
		g, err := w.queue.Lease(ctx)
		if err != nil {
			return false
		}
		if g.Attempt()%2 == 1 {
			g.Return()
			return true
		}
		g.Done()
		w.books.got.Add(1)
		return true
	},
}

// put puts two items.
func (w *works) put(ctx context.Context, item []byte) bool {
	n, err := w.queue.Put(ctx, []Item{{Head: item[:4], Body: item[4:]}, {Body: item}})
	w.books.put.Add(uint64(n))
	return err == nil
}

// finish is done with what it got.
func (w *works) finish(g *Got) {
	n := g.Len()
	g.Finish()
	for range n {
		w.queue.TaskDone()
		w.books.got.Add(1)
	}
}

// visit books a visit of what a lock guards.
func visit(b *[2]uint64, died bool, mend func()) {
	if died {
		b[1] = b[0]
		mend()
	}
	if b[0] != b[1] {
		panic("two were in at a time")
	}
	b[0]++
	b[1]++
}

// dieAtWindow is the peer: it works until it comes to its window.
func dieAtWindow() {
	m, err := mem.Attach(os.NewFile(3, "memory"))
	if err != nil {
		panic(err)
	}
	w, err := worksOf(m)
	if err != nil {
		panic(err)
	}
	what := strings.Split(os.Getenv(asWindow), "/") // operation, window, times
	times := 0
	fmt.Sscan(what[2], &times)
	left := atomic.Int64{}
	left.Store(int64(times))
	f := func(step string) {
		if step == what[1] && left.Add(-1) == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	atWindow.Store(&f)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for operations[what[0]](ctx, w) {
			}
		})
	}
	all.Wait()
}

// partners are what the others do meanwhile.
var partners = map[string][]string{
	"lock": {"lock"}, "permits": {"permits"}, "write": {"write", "read"}, "read": {"write", "read"},
	"meet": {"meet"}, "wait": {"notify", "wait"}, "notify": {"wait", "wait"},
	"put": {"get", "lease"}, "put large": {"get", "lease"}, "get": {"put", "put large", "lease"}, "lease": {"put", "put large", "get"},
}

var windows = []string{
	"entered", "recorded", "committed", "written", "erased", "sweeping", "listening", "left", "passing",
	"marked", "ringing", "released", "paying", "handed", "unmarked", "taken", "settled", "copied in", "copied out",
}

// A process dies at each step of each operation. The others go on, and the books are
// right.
func TestWindows(t *testing.T) {
	reached := map[string]int{}
	for operation := range operations {
		for _, step := range windows {
			for i := range effort.Times(1, 1, 12) {
				if dies(t, operation, step, 1+3*i) {
					reached[step]++
				}
			}
		}
	}
	for _, step := range windows {
		t.Logf("%-10s %d", step, reached[step])
		if step != "sweeping" && step != "handed" { // which need more luck than one process has
			require.NotZero(t, reached[step], "no process came to the window %q", step)
		}
	}
}

// dies has a process die at a window, and reports whether it came there.
func dies(t *testing.T, operation, step string, times int) bool {
	t.Helper()
	m, err := mem.New(mem.Options{Max: 1 << 20, Processes: 4})
	require.NoError(t, err)
	defer Close(m)
	w, err := worksOf(m)
	require.NoError(t, err)
	var peers []*exec.Cmd
	for i := range 2 {
		cmd := exec.Command(os.Args[0])
		window := step
		if i == 1 {
			window = "sweeping"
		}
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s/%s/%d", asWindow, operation, window, times), "GORACE=atexit_sleep_ms=0")
		cmd.ExtraFiles = []*os.File{m.File()}
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		require.NoError(t, cmd.Start())
		peers = append(peers, cmd)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, name := range partners[operation] {
		all.Go(func() {
			for operations[name](ctx, w) {
			}
		})
	}
	killed := false
	for i, cmd := range peers {
		err := cmd.Wait()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if err != nil && !status.Signaled() {
			t.Fatalf("%s at %s: %v", operation, step, err)
		}
		killed = killed || i == 0 && status.Signaled()
	}
	cancel()
	all.Wait()
	m.Sweep()
	w.check(t, fmt.Sprintf("%s at %q, the %dth time", operation, step, times))
	return killed
}

// check looks whether all is given back that can be, and nothing is lost without a word.
func (w *works) check(t *testing.T, where string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.False(t, w.m.AnyDead(), where)
	for name, g := range map[string]*guarded{
		"permits": &w.permits.guarded, "rw": &w.rw.guarded, "meet": &w.meet.guarded, "cond": &w.cond.guarded, "queue": &w.queue.guarded,
	} {
		require.Zero(t, g.guard.Load()&^guardWaited, "%s: the guard of %s", where, name)
		require.Zero(t, g.length.Load(), "%s: the record of %s", where, name)
	}
	require.Equal(t, 2, w.permits.Value(), where)
	require.NoError(t, w.permits.Acquire(ctx, 2), where)
	_, err := w.lock.Lock(ctx)
	require.NoError(t, err, where)
	w.lock.Unlock()
	_, err = w.rw.Lock(ctx)
	require.NoError(t, err, where)
	w.rw.MarkConsistent()
	w.rw.Unlock()
	require.NoError(t, w.rw.RLock(ctx), where)
	w.rw.RUnlock()
	require.Zero(t, w.rw.words[rwReaders].Load(), where)
	for slot := range w.m.Slots() {
		require.Zero(t, w.cond.words[condWaiting+slot].Load(), "%s: slot %d waits at the condition", where, slot)
	}
	for {
		g, err := w.queue.TryGet(4)
		require.NoError(t, err, where)
		if g == nil {
			break
		}
		w.finish(g)
	}
	lost, err := w.queue.Join(ctx)
	require.NoError(t, err, where)
	s := w.queue.Stats()
	require.Zero(t, w.queue.words[qUsed].Load(), "%s: slots are nobody's", where)
	require.EqualValues(t, places, w.freeSlots(), where)
	require.GreaterOrEqual(t, s.Put, w.books.put.Load(), "%s: an item is gone that was put", where)
	require.LessOrEqual(t, s.Put, w.books.put.Load()+8, where)
	require.GreaterOrEqual(t, s.Put, w.books.got.Load()+uint64(lost), "%s: an item came twice", where)
	require.LessOrEqual(t, s.Put, w.books.got.Load()+uint64(lost)+8, "%s: an item was lost without a word", where)
}

// freeSlots counts the list of free slots.
func (w *works) freeSlots() (n int) {
	q := w.queue
	for i := q.words[qFree].Load(); q.valid(i) && n <= places; i = q.words[q.word(int(i), slotNext)].Load() {
		n++
	}
	return n
}
