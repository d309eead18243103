//go:build lockdebug

package concurrent_test

import (
	"bytes"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// reporting says that locks are known to those who report.
const reporting = true

// reported collects what is reported while f runs in a bubble.
func reported(t *testing.T, slow time.Duration, f func(*testing.T)) (all []concurrent.LockReport) {
	t.Helper()
	var mu sync.Mutex
	assert.True(t, concurrent.DebugLocks(func(r concurrent.LockReport) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r)
	}, slow), "DebugLocks")
	defer concurrent.DebugLocks(nil, 0)
	synctest.Test(t, f)
	mu.Lock()
	defer mu.Unlock()
	return all
}

// takeFirst, takeSecond: their names are in stacks.
func takeFirst(l sync.Locker)  { l.Lock() }
func takeSecond(l sync.Locker) { l.Lock() }

func wantReports(t *testing.T, got []concurrent.LockReport, want ...concurrent.LockProblem) bool {
	t.Helper()
	problems := make([]concurrent.LockProblem, 0, len(got))
	for _, r := range got {
		problems = append(problems, r.Problem)
	}
	return assert.Equal(t, append([]concurrent.LockProblem{}, want...), problems, "%v", got)
}

func wantStack(t *testing.T, u concurrent.LockUse, function string) {
	t.Helper()
	first, _, _ := strings.Cut(u.Stack, "\n")
	assert.True(t, strings.HasSuffix(first, function), "the stack begins with %s:\n%s", function, u.Stack)
}

func TestLockSlow(t *testing.T) {
	for slow, wanted := range map[time.Duration]int{time.Second: 1, 0: 1, -1: 0, time.Minute: 0} {
		all := reported(t, slow, func(t *testing.T) {
			var l concurrent.Lock
			takeFirst(&l)
			go func() {
				takeSecond(&l)
				l.Unlock()
			}()
			time.Sleep(30 * time.Second)
			l.Unlock()
			synctest.Wait()
			takeFirst(&l)
			time.Sleep(time.Hour)
		})
		if wanted == 0 {
			wantReports(t, all)
			continue
		}
		if !wantReports(t, all, concurrent.LockSlow) {
			continue
		}
		r := all[0]
		wantStack(t, r.Asker, "takeSecond")
		require.Len(t, r.Holders, 1)
		require.Empty(t, r.Before)
		wantStack(t, r.Holders[0], "takeFirst")
		assert.Equal(t, r.Holders[0].Lock, r.Asker.Lock)
		assert.NotEqual(t, r.Holders[0].Goroutine, r.Asker.Goroutine)
	}
}

func TestLockOrder(t *testing.T) {
	var name, other string
	all := reported(t, 0, func(t *testing.T) {
		var a concurrent.Lock
		var b concurrent.RWLock
		for range 2 {
			takeFirst(&a)
			takeSecond(&b)
			b.Unlock()
			a.Unlock()
		}
		for range 2 {
			takeFirst(b.RLocker())
			assert.True(t, a.TryLock(), "TryLock") // does not wait, so cannot deadlock
			a.Unlock()
			b.RUnlock()
		}
		for range 2 {
			b.RLock()
			takeSecond(&a)
			a.Unlock()
			b.RUnlock()
		}
	})
	if !wantReports(t, all, concurrent.LockOrder) {
		return
	}
	r := all[0]
	wantStack(t, r.Asker, "takeSecond")
	wantStack(t, r.Before[0], "takeFirst")
	wantStack(t, r.Before[1], "takeSecond")
	name, other = r.Asker.Lock, r.Holders[0].Lock
	assert.Equal(t, name, r.Before[0].Lock, "the lock held before")
	assert.Equal(t, other, r.Before[1].Lock, "the lock asked for before")
	assert.True(t, r.Holders[0].Reading, "reading")
	assert.Regexp(t, "^Lock ", name)
	assert.Regexp(t, "^RWLock ", other)
	for _, part := range []string{string(concurrent.LockOrder), "asks for " + name, "holds " + other + " for reading", "held " + name, "asked for " + other, "before, goroutine ", "takeFirst"} {
		assert.Contains(t, r.String(), part)
	}
}

func TestLockAgain(t *testing.T) {
	again := func(name string, wanted int, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			want := make([]concurrent.LockProblem, wanted)
			for i := range want {
				want[i] = concurrent.LockAgain
			}
			wantReports(t, reported(t, -1, f), want...)
		})
	}
	again("Lock", 1, func(t *testing.T) {
		var l concurrent.Lock
		l.Lock()
		_ = l.LockContext(within(t, time.Second))
	})
	again("two owners", 1, func(t *testing.T) {
		var l concurrent.RLock
		l.Owner().Lock()
		_ = l.Owner().LockContext(within(t, time.Second))
	})
	again("one owner", 0, func(t *testing.T) {
		var l concurrent.RLock
		o := l.Owner()
		o.Lock()
		o.Lock()
	})
	again("upgrade", 1, func(t *testing.T) {
		var l concurrent.RWLock
		l.RLock()
		_ = l.LockContext(within(t, time.Second))
	})
	again("reading twice", 1, func(t *testing.T) {
		var l concurrent.RWLock
		assert.True(t, l.TryRLock(), "TryRLock")
		l.RLock()
	})
	again("two readers, the later leaves first", 0, func(t *testing.T) {
		var l concurrent.RWLock
		l.RLock()
		go func() {
			for range 2 {
				pass(l.RLocker())
			}
		}()
		synctest.Wait()
		l.RUnlock()
		pass(l.RLocker())
	})
	again("TryLock", 1, func(t *testing.T) {
		var l concurrent.Lock
		assert.True(t, l.TryLock(), "TryLock")
		assert.False(t, l.TryLock(), "TryLock")
		_ = l.LockContext(within(t, time.Second))
	})
	again("unlocked by another goroutine", 0, func(t *testing.T) {
		var l concurrent.Lock
		l.Lock()
		go l.Unlock()
		synctest.Wait()
		l.Lock()
	})
	again("given up", 0, func(t *testing.T) {
		var l concurrent.Lock
		go func() { l.Lock(); time.Sleep(time.Minute); l.Unlock() }()
		synctest.Wait()
		_ = l.LockContext(within(t, time.Second))
		l.Lock()
	})
	again("condition", 0, func(t *testing.T) {
		c := newCrew()
		c.join(t.Context(), 1)
		c.notify(1)
		c.lock.Lock()
	})
	again("a context that is done", 0, func(t *testing.T) {
		var l concurrent.Lock
		l.Lock()
		_ = l.LockContext(endedContext(t))
	})
	again("misuse", 0, func(t *testing.T) {
		var l concurrent.Lock
		misuse(t, "unlocked", l.Unlock)
		l.Lock()
	})
}

// Without a function problems are logged.
func TestLockReportLogged(t *testing.T) {
	var text bytes.Buffer
	log.SetOutput(&text)
	defer log.SetOutput(os.Stderr)
	var l concurrent.RWLock
	l.RLock()
	l.RLock()
	assert.Contains(t, text.String(), string(concurrent.LockAgain), "logged")
}
