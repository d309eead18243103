//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package robust

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// kind is that of a lock with a ledger behind it.
const kind = 7

// A ledger lies behind a lock. Its two numbers differ only while the lock is held.
type ledger struct {
	before, after uint64
	done          [64]atomic.Uint64 // by each process
}

func init() {
	mem.Register(kind, func(m *mem.Memory, words unsafe.Pointer, size uint64, gone mem.Owner) bool {
		return ForgetLock(m, words, size, gone)
	})
}

func sizeOf(m *mem.Memory) int { return LockSize(m) + int(unsafe.Sizeof(ledger{})) }

// open returns the lock and the ledger of an object.
func open(t testing.TB, m *mem.Memory, offset uint64) (*Lock, *ledger) {
	words, err := m.Find(offset, kind, 1, sizeOf(m))
	require.NoError(t, err)
	return LockAt(m, words), (*ledger)(unsafe.Add(words, LockSize(m)))
}

// asPeer is the offset of the object that a peer works at.
const asPeer = "ROBUST_TEST_PEER"

func TestMain(m *testing.M) {
	if os.Getenv(asPeer) != "" {
		work()
		return
	}
	os.Exit(leak.Run(m.Run))
}

var errMixed = errors.New("two goroutines had the lock")

// enter books one visit.
func (b *ledger) enter(slot int, died bool, l *Lock) error {
	if died {
		b.after = b.before // the visit of the dead counts, or not
		l.MarkConsistent()
	}
	if b.before != b.after {
		return errMixed
	}
	b.before++
	if rand.IntN(50) == 0 {
		time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
	}
	b.after++
	b.done[slot].Add(1)
	return nil
}

// work takes the lock again and again, in several goroutines, until it is killed.
func work() {
	m, err := mem.Attach(os.NewFile(3, "memory"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	offset, _ := strconv.ParseUint(os.Getenv(asPeer), 10, 64)
	words, err := m.Find(offset, kind, 1, sizeOf(m))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	l, b := LockAt(m, words), (*ledger)(unsafe.Add(words, LockSize(m)))
	for range 3 {
		go func() {
			for {
				ctx, cancel := context.Background(), func() {}
				if rand.IntN(4) == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(200))*time.Microsecond)
				}
				died, err := l.Lock(ctx)
				if err == nil {
					if err = b.enter(m.Self().Slot, died, l); err != nil {
						fmt.Println(err)
						os.Exit(1)
					}
					l.Unlock()
				}
				cancel()
			}
		}()
	}
	time.Sleep(10 * time.Second) // unless it is killed before
}

func peer(t *testing.T, m *mem.Memory, offset uint64) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", asPeer, offset), "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = []*os.File{m.File()}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	require.NoError(t, cmd.Start())
	return cmd
}

func newLock(t *testing.T, processes int) (*mem.Memory, uint64, *Lock, *ledger) {
	t.Helper()
	m, err := mem.New(mem.Options{Max: 1 << 20, Processes: processes})
	require.NoError(t, err)
	t.Cleanup(func() { Close(m) })
	offset, err := m.New(kind, 1, sizeOf(m), "", nil)
	require.NoError(t, err)
	l, b := open(t, m, offset)
	return m, offset, l, b
}

// Goroutines of one process exclude one another.
func TestLockHere(t *testing.T) {
	m, _, l, b := newLock(t, 4)
	var all sync.WaitGroup
	var failures atomic.Int32
	const goroutines, rounds = 8, 300
	for range goroutines {
		all.Go(func() {
			for range rounds {
				died, err := l.Lock(t.Context())
				if err != nil || died || b.enter(m.Self().Slot, false, l) != nil {
					failures.Add(1)
				}
				l.Unlock()
			}
		})
	}
	all.Wait()
	require.Zero(t, failures.Load())
	require.EqualValues(t, goroutines*rounds, b.after)
	require.False(t, l.Locked())
	require.False(t, l.line.any())
	require.Zero(t, l.line.woken.Load())
}

// The end of ctx ends a wait, and leaves the lock as it was.
func TestLockCanceled(t *testing.T) {
	_, _, l, _ := newLock(t, 4)
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, err := l.Lock(ctx)
	require.Equal(t, cause, err)
	require.False(t, l.Locked())
	_, err = l.Lock(t.Context())
	require.NoError(t, err)
	ctx, cancel = context.WithCancelCause(t.Context())
	results := make(chan error, 3)
	for range cap(results) {
		go func() {
			_, err := l.Lock(ctx)
			results <- err
		}()
	}
	require.Eventually(t, func() bool { return l.waiting.Load() == 3 }, 10*time.Second, time.Millisecond)
	cancel(cause)
	for range cap(results) {
		require.Equal(t, cause, <-results)
	}
	require.True(t, l.Unlock())
	require.False(t, l.Unlock(), "not held")
	require.False(t, l.line.any())
	ok, _ := l.TryLock()
	require.True(t, ok)
	l.Unlock()
}

// Processes that are killed at any moment hang nobody, and the lock stays a lock: what
// was booked is there.
func TestLockUnderKills(t *testing.T) {
	m, offset, l, b := newLock(t, 6)
	var peers []*exec.Cmd
	for range 3 {
		peers = append(peers, peer(t, m, offset))
	}
	defer func() {
		for _, p := range peers {
			p.Process.Kill()
			p.Wait()
		}
	}()
	deaths := 0
	for range effort.Times(15, 6, 400) {
		for until := time.Now().Add(time.Duration(rand.IntN(20)) * time.Millisecond); time.Now().Before(until); {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			died, err := l.Lock(ctx)
			cancel()
			require.NoError(t, err, "nobody gives the lock back")
			if died {
				deaths++
			}
			require.NoError(t, b.enter(m.Self().Slot, died, l))
			require.True(t, l.Unlock())
		}
		i := rand.IntN(len(peers))
		peers[i].Process.Kill()
		peers[i].Wait()
		peers[i] = peer(t, m, offset)
	}
	died, err := l.Lock(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.enter(m.Self().Slot, died, l))
	var done uint64
	for i := range b.done {
		done += b.done[i].Load()
	}
	require.GreaterOrEqual(t, b.after, done)
	require.LessOrEqual(t, b.after, done+uint64(m.Deaths())+8, "a visit of each that was killed may be without a note")
	l.Unlock()
	t.Logf("%d visits, %d deaths swept, %d of them with the lock", done, m.Deaths(), deaths)
}

// A holder that dies leaves the lock to those that wait, who learn of it until the lock
// is marked.
func TestOwnerDied(t *testing.T) {
	m, offset, l, _ := newLock(t, 4)
	p := peer(t, m, offset)
	for {
		o, held := l.Holder()
		if held && o != m.Self() {
			break
		}
	}
	p.Process.Kill()
	p.Wait()
	for range 2 {
		died, err := l.Lock(t.Context())
		require.NoError(t, err)
		if !died {
			t.Skip("it was between two visits")
		}
		l.Unlock()
	}
	died, err := l.Lock(t.Context())
	require.NoError(t, err)
	require.True(t, died)
	require.True(t, l.MarkConsistent())
	l.Unlock()
	died, err = l.Lock(t.Context())
	require.NoError(t, err)
	require.False(t, died)
	l.Unlock()
}

func BenchmarkLock(b *testing.B) {
	m, err := mem.New(mem.Options{Max: 1 << 20, Processes: 256})
	require.NoError(b, err)
	defer Close(m)
	offset, err := m.New(kind, 1, sizeOf(m), "", nil)
	require.NoError(b, err)
	l, _ := open(b, m, offset)
	ctx := b.Context()
	for b.Loop() {
		l.Lock(ctx)
		l.Unlock()
	}
}
