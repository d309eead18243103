//go:build linux

package main

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// whole is what happens to a pool, or a program, as a whole. Each has its own, beside
// the pool under load.
var whole = []disturbance{
	{"parent killed", (*run).killParent},
	{"memory limit", (*run).memoryLimit},
	{"garbage in shared memory", (*run).garbage},
	{"initializer dies", (*run).initializerDies},
	{"initializer dies at times", (*run).initializerDiesAtTimes},
	{"standard error full", (*run).fullDisk},
	{"standard error blocked", (*run).blockedDisk},
	{"descriptors wanting", (*run).noDescriptors},
	{"fork fails", (*run).noFork},
	{"executable wanting", (*run).noExecutable},
	{"closed under load", func(r *run, i *injection) {
		r.endUnderLoad(i, func(p *ipc.Pool) { _ = p.Shutdown(context.Background()) })
	}},
	{"terminated under load", func(r *run, i *injection) { r.endUnderLoad(i, func(p *ipc.Pool) { _ = p.Close() }) }},
}

// newPool makes a pool for one injection, and returns nil if that failed, which is
// judged.
func (r *run) newPool(i *injection, o ipc.PoolOptions, expect func(error) bool) *ipc.Pool {
	begun := time.Now()
	pool, err := ipc.NewPool(context.Background(), o)
	r.ledger.check("NewPool, "+i.name, begun, o.StartTimeout)
	r.ledger.judge("NewPool, "+i.name, err, r.ledger.short(begun), expect)
	return pool
}

// strike calls a function with a fault on a pool.
func (r *run) strike(pool *ipc.Pool, i *injection, name string) {
	j := r.innocent(i.rnd)
	j.function = once
	j.order.File = nil // which descriptors may be wanting for
	j.order.Trap.Fault, j.order.Trap.Point = find(name), running
	j.limit, j.expect = faults[j.order.Trap.Fault].limit, faults[j.order.Trap.Fault].expect
	_ = r.call(pool, j)
}

// memoryLimit has a function take more than its worker may have.
func (r *run) memoryLimit(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	o := r.poolOptions(1)
	if !effort.Race { // which takes more than there is for itself
		o.Limits.Memory = 512 << 20
	}
	pool := r.newPool(i, o, nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	if !effort.Race {
		r.strike(pool, i, "memory")
	}
	_ = r.call(pool, r.innocent(i.rnd))
}

// garbage has a worker write over the memory that its calls travel in, while others
// wait there. They may end in any way, but they end.
func (r *run) garbage(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	pool := r.newPool(i, r.poolOptions(1+i.rnd.IntN(2)), nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	var calls sync.WaitGroup
	for k := range 8 {
		j := r.innocent(i.rnd)
		j.limit, j.expect, j.spoilt = 2*time.Second, whatever, true
		if k == 2 {
			j.function = once
			j.order.Trap.Fault, j.order.Trap.Point = find(i.name), during[i.rnd.IntN(len(during))]
		}
		calls.Go(func() { _ = r.call(pool, j) })
	}
	calls.Wait()
}

// fatal are the faults of initializers.
var fatal = []string{"kill -9", "exit 3", "exit 0", "nil pointer in a goroutine", "stack overflow", "panic", "Goexit", "error", "endless loop", "stop"}

// initializerDies makes a pool that cannot begin.
func (r *run) initializerDies(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	o := r.poolOptions(1)
	o.StartTimeout = 300 * time.Millisecond
	o.Initializer = r.dying(i, fatal[i.rnd.IntN(len(fatal))], 1)
	if pool := r.newPool(i, o, is(ipc.ErrStart)); pool != nil {
		r.close(pool)
	}
}

// dying returns an initializer that dies of a fault every so many times.
func (r *run) dying(i *injection, fault string, every uint32) ipc.Call {
	t := trap{Number: r.ledger.aside(), Fault: find(fault), Point: running}
	return begin.Bind(setting{Journal: r.ledger.journal.path(), Trap: t, Every: every})
}

// initializerDiesAtTimes has every other start fail: calls are served all the same.
func (r *run) initializerDiesAtTimes(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	o := r.poolOptions(1)
	o.Initializer = r.dying(i, fatal[i.rnd.IntN(len(fatal)-2)], 2) // not one that takes all of StartTimeout
	pool := r.newPool(i, o, nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	for range 2 {
		r.strike(pool, i, "exit 3")
		_ = r.call(pool, r.innocent(i.rnd))
	}
}

// fullDisk has workers say much where nothing can be written.
func (r *run) fullDisk(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		r.ledger.note("no full disk: %v", err)
		return
	}
	defer full.Close()
	o := r.poolOptions(1)
	o.Stderr = full
	pool := r.newPool(i, o, nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	_, err = chatter.On(pool)(context.Background(), 256<<10)
	r.ledger.judge("chatter on a full disk", err, false, nil)
	r.strike(pool, i, "nil pointer in a goroutine")
	_ = r.call(pool, r.innocent(i.rnd))
}

// A blocked writer takes nothing until it is released.
type blocked struct{ released chan struct{} }

func (b blocked) Write(p []byte) (int, error) {
	<-b.released
	return len(p), nil
}

// blockedDisk has workers say more than anybody takes from them: they wait, but
// nobody waits for them beyond a deadline, or when they are dead.
func (r *run) blockedDisk(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	b := blocked{make(chan struct{})}
	defer close(b.released)
	o := r.poolOptions(1)
	o.Stderr = b
	pool := r.newPool(i, o, nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	ctx, cancel := context.WithTimeout(context.Background(), short)
	defer cancel()
	begun := time.Now()
	_, err := chatter.On(pool)(ctx, 8<<20)
	r.ledger.check("chatter that nobody takes", begun, short)
	r.ledger.judge("chatter that nobody takes", err, false, is(context.DeadlineExceeded))
	r.strike(pool, i, "nil pointer in a goroutine")
	_ = r.call(pool, r.innocent(i.rnd))
}

// noDescriptors leaves this process none for new workers.
func (r *run) noDescriptors(i *injection) {
	var limit unix.Rlimit
	r.noStart(i, syscall.EMFILE, func() error {
		err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
		lower := limit
		lower.Cur = 3
		return errors.Join(err, unix.Setrlimit(unix.RLIMIT_NOFILE, &lower))
	}, func() error { return unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) })
}

// noFork gives this process an environment that no child can be started with.
func (r *run) noFork(i *injection) {
	const name = "STORM_BALLAST"
	r.noStart(i, syscall.E2BIG, func() error { return os.Setenv(name, strings.Repeat("x", 1<<18)) },
		func() error { return os.Unsetenv(name) })
}

// noStart keeps this process from starting workers, has some die meanwhile, and lets
// it start them again.
func (r *run) noStart(i *injection, want syscall.Errno, begin, end func() error) {
	r.starving.Lock()
	defer r.starving.Unlock()
	pool := r.newPool(i, r.poolOptions(1), nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	r.ledger.startable.Store(math.MaxInt64)
	err := begin()
	r.signal(i, syscall.SIGKILL) // in the pool under load: its calls find out, too
	r.strike(pool, i, "exit 3")
	j := r.innocent(i.rnd)
	j.expect = is(want)
	_ = r.call(pool, j)
	_, err2 := ipc.NewPool(context.Background(), r.poolOptions(1))
	r.ledger.judge("NewPool, "+i.name, err2, false, is(want))
	err = errors.Join(err, end())
	r.ledger.startable.Store(time.Now().UnixNano())
	if err != nil {
		r.ledger.note("%s: %v", i.name, err)
	}
	_ = r.call(pool, r.innocent(i.rnd))
}

// noExecutable takes away what workers are started from, puts something else there
// that cannot be started, or is no worker, and brings it back.
func (r *run) noExecutable(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	dir, err := os.MkdirTemp("", "storm")
	if err != nil {
		r.ledger.note("no folder: %v", err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "worker")
	self, err := os.Executable()
	o := r.poolOptions(1)
	o.Exec = []string{path}
	bring := func() { err = errors.Join(err, os.Symlink(self, path)) }
	bring()
	pool := r.newPool(i, o, nil)
	if pool == nil {
		return
	}
	defer r.close(pool)
	err = errors.Join(err, os.Remove(path))
	switch i.rnd.IntN(5) {
	case 0: // nothing
	case 1:
		err = errors.Join(err, os.Mkdir(path, 0o700))
	case 2:
		err = errors.Join(err, os.WriteFile(path, []byte("no program"), 0o600))
	case 3:
		err = errors.Join(err, os.WriteFile(path, garbage(1000), 0o700))
	case 4:
		err = errors.Join(err, os.Symlink("/bin/false", path))
	}
	r.strike(pool, i, "exit 3")
	j := r.innocent(i.rnd)
	j.expect = is(ipc.ErrStart)
	_ = r.call(pool, j)
	_ = os.Remove(path)
	bring()
	if err != nil {
		r.ledger.note("the executable: %v", err)
	}
	_ = r.call(pool, r.innocent(i.rnd))
}

// endUnderLoad ends a pool that is busy.
func (r *run) endUnderLoad(i *injection, end func(*ipc.Pool)) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	pool := r.newPool(i, r.poolOptions(2), nil)
	if pool == nil {
		return
	}
	var calls sync.WaitGroup
	for range 8 {
		j := r.innocent(i.rnd)
		j.order.Spin *= 10
		j.expect = closed
		calls.Go(func() { _ = r.call(pool, j) })
	}
	r.pause(i, 10*time.Millisecond)
	begun := time.Now()
	end(pool)
	r.ledger.check(i.name, begun, time.Second)
	calls.Wait()
	r.close(pool)
}
