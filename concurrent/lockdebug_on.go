//go:build lockdebug

package concurrent

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const lockDebugging = true

// maxLockPairs bounds what is remembered of locks taken under others.
const maxLockPairs = 1 << 16

// lockWatch is what is known of all locks. Its mutex is held for some
// instructions, never while a lock is waited for, a stack written out or a report
// made.
var lockWatch = struct {
	sync.Mutex
	report func(LockReport)
	slow   time.Duration
	locks  int                           // have a number
	held   map[int64][]*lockUse          // by goroutine, the oldest first
	pairs  map[[2]*lockDebug][2]*lockUse // the first was held when the second was asked for
}{
	held:  make(map[int64][]*lockUse),
	pairs: make(map[[2]*lockDebug][2]*lockUse),
}

// lockDebug is what is known of one lock.
type lockDebug struct {
	number int
	uses   []*lockUse // that hold it
}

// lockUse is one acquisition. The stack is kept as it comes and written out for a
// report only.
type lockUse struct {
	of        *lockDebug
	kind      string
	reading   bool
	goroutine int64
	callers   []uintptr
}

func setLockDebug(report func(LockReport), slow time.Duration) {
	lockWatch.Lock()
	defer lockWatch.Unlock()
	lockWatch.report, lockWatch.slow = report, slow
}

// acquire calls take and watches it.
func (d *lockDebug) acquire(ctx context.Context, kind string, reading bool, take func(context.Context) error) error {
	if ctx.Err() != nil {
		return take(ctx) // does not wait
	}
	u := newLockUse(d, kind, reading)
	for _, r := range u.ask() {
		tellLock(r)
	}
	stop := u.watch()
	err := take(ctx)
	stop()
	if err == nil {
		u.hold()
	}
	return err
}

// tried notes a lock that was taken without waiting.
func (d *lockDebug) tried(ok bool, kind string, reading bool) {
	if ok {
		newLockUse(d, kind, reading).hold()
	}
}

// released forgets a use: the caller's own, or else, since any goroutine may unlock,
// the oldest one.
func (d *lockDebug) released(reading bool) {
	me := goroutineID()
	lockWatch.Lock()
	defer lockWatch.Unlock()
	at := slices.IndexFunc(d.uses, func(u *lockUse) bool { return u.reading == reading && u.goroutine == me })
	if at < 0 {
		at = slices.IndexFunc(d.uses, func(u *lockUse) bool { return u.reading == reading })
	}
	if at < 0 {
		return // misuse, which the lock itself finds
	}
	u := d.uses[at]
	d.uses = slices.Delete(d.uses, at, at+1)
	held := lockWatch.held[u.goroutine]
	at = slices.Index(held, u)
	if held = slices.Delete(held, at, at+1); len(held) == 0 {
		delete(lockWatch.held, u.goroutine)
	} else {
		lockWatch.held[u.goroutine] = held
	}
}

func newLockUse(d *lockDebug, kind string, reading bool) *lockUse {
	u := &lockUse{of: d, kind: kind, reading: reading, goroutine: goroutineID(), callers: make([]uintptr, 32)}
	u.callers = u.callers[:runtime.Callers(4, u.callers)]
	return u
}

// ask compares what is asked for with what the goroutine holds.
func (u *lockUse) ask() (reports []LockReport) {
	lockWatch.Lock()
	var found [][]*lockUse
	for _, h := range lockWatch.held[u.goroutine] {
		if h.of == u.of {
			found = append(found, []*lockUse{h})
			continue
		}
		pair, inverse := [2]*lockDebug{h.of, u.of}, [2]*lockDebug{u.of, h.of}
		if _, known := lockWatch.pairs[pair]; known || len(lockWatch.pairs) >= maxLockPairs {
			continue
		}
		lockWatch.pairs[pair] = [2]*lockUse{h, u}
		if before, ok := lockWatch.pairs[inverse]; ok {
			found = append(found, []*lockUse{h, before[0], before[1]})
		}
	}
	lockWatch.Unlock()
	for _, f := range found {
		r := LockReport{Problem: LockAgain, Asker: u.public(), Holders: publicUses(f[:1])}
		if len(f) > 1 {
			r.Problem, r.Before = LockOrder, publicUses(f[1:])
		}
		reports = append(reports, r)
	}
	return reports
}

// watch reports a wait that is too long; the function it returns ends it.
func (u *lockUse) watch() (stop func()) {
	lockWatch.Lock()
	slow := lockWatch.slow
	lockWatch.Unlock()
	if slow < 0 {
		return func() {}
	}
	if slow == 0 {
		slow = 10 * time.Second
	}
	t := time.AfterFunc(slow, func() {
		lockWatch.Lock()
		holders := slices.Clone(u.of.uses)
		lockWatch.Unlock()
		tellLock(LockReport{Problem: LockSlow, Asker: u.public(), Holders: publicUses(holders)})
	})
	return func() { t.Stop() }
}

// hold notes that u has its lock.
func (u *lockUse) hold() {
	lockWatch.Lock()
	defer lockWatch.Unlock()
	u.of.uses = append(u.of.uses, u)
	lockWatch.held[u.goroutine] = append(lockWatch.held[u.goroutine], u)
}

func tellLock(r LockReport) {
	lockWatch.Lock()
	report := lockWatch.report
	lockWatch.Unlock()
	if report == nil {
		log.Print(r)
		return
	}
	report(r)
}

func publicUses(uses []*lockUse) []LockUse {
	public := make([]LockUse, len(uses))
	for i, u := range uses {
		public[i] = u.public()
	}
	return public
}

func (u *lockUse) public() LockUse {
	lockWatch.Lock()
	if u.of.number == 0 {
		lockWatch.locks++
		u.of.number = lockWatch.locks
	}
	number := u.of.number
	lockWatch.Unlock()
	var b strings.Builder
	for frames := runtime.CallersFrames(u.callers); ; {
		f, more := frames.Next()
		fmt.Fprintf(&b, "\t%s\n\t\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			break
		}
	}
	return LockUse{
		Lock:      fmt.Sprintf("%s %d", u.kind, number),
		Reading:   u.reading,
		Goroutine: u.goroutine,
		Stack:     b.String(),
	}
}

// goroutineID reads the number out of the first line of a stack trace: "goroutine
// 7 [running]:". The runtime tells it in no other way, and wants programs not to
// know; for a debugger it will do.
func goroutineID() int64 {
	var line [64]byte
	text := bytes.TrimPrefix(line[:runtime.Stack(line[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, _ := strconv.ParseInt(string(number), 10, 64)
	return id
}
