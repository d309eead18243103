//go:build linux

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// A disturbance comes from outside of calls, at any point of whichever is there: also
// before it is read, while it is read, or when there is none.
type disturbance struct {
	name string
	do   func(*run, *injection)
}

// outside is what happens to workers of the pool under load.
var outside = []disturbance{
	{"worker killed", func(r *run, i *injection) { r.signal(i, syscall.SIGKILL) }},
	{"worker killed", func(r *run, i *injection) { r.signal(i, syscall.SIGKILL) }},
	{"worker terminated", func(r *run, i *injection) { r.signal(i, syscall.SIGTERM) }},
	{"worker killed by SIGSEGV", func(r *run, i *injection) { r.signal(i, syscall.SIGSEGV) }},
	{"worker stopped, then killed", func(r *run, i *injection) { r.stop(i, syscall.SIGKILL) }},
	{"worker stopped for a while", func(r *run, i *injection) { r.stop(i, syscall.SIGCONT) }},
	{"beginner killed", (*run).killBeginner},
	{"Profile", (*run).profile},
	{"Resize", (*run).resize},
	{"Replace", (*run).replace},
}

// worker returns the process id of some worker, 0 if there is none.
func (r *run) worker(i *injection) int {
	r.pause(i, 3*time.Millisecond)
	workers := r.pool.Workers()
	if len(workers) == 0 {
		return 0
	}
	return workers[i.rnd.IntN(len(workers))].Pid
}

// pause waits for some time, most at the longest.
func (r *run) pause(i *injection, most time.Duration) {
	time.Sleep(time.Duration(i.rnd.Int64N(int64(most))))
}

func (r *run) signal(i *injection, signal syscall.Signal) {
	if pid := r.worker(i); pid != 0 {
		r.ledger.hit(pid, signal)
	}
}

// stop stops a worker, which has calls line up behind it, and then sends it another
// signal.
func (r *run) stop(i *injection, then syscall.Signal) {
	pid := r.worker(i)
	if pid == 0 {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	r.pause(i, 10*time.Millisecond)
	if then == syscall.SIGCONT {
		_ = syscall.Kill(pid, then)
	} else {
		r.ledger.hit(pid, then)
	}
}

// killBeginner kills a child of this process that is no worker as yet, if there is
// one: its start fails.
func (r *run) killBeginner(i *injection) {
	r.signal(i, syscall.SIGKILL) // so that there will be one
	known := map[int]bool{}
	for _, w := range r.pool.Workers() {
		known[w.Pid] = w.State != ipc.WorkerStarting
	}
	for begun := time.Now(); time.Since(begun) < 10*time.Millisecond; time.Sleep(100 * time.Microsecond) {
		for _, pid := range children() {
			if !known[pid] {
				r.ledger.hit(pid, syscall.SIGKILL)
				return
			}
		}
	}
}

// children returns the processes that this one has started.
func children() (pids []int) {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		text, _ := os.ReadFile("/proc/self/task/" + t.Name() + "/children")
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func (r *run) resize(i *injection) {
	r.pool.Resize(2 + i.rnd.IntN(2*r.workers))
	r.pause(i, 10*time.Millisecond)
	r.pool.Resize(r.workers)
}

func (r *run) replace(*injection) {
	begun := time.Now()
	err := r.pool.Replace(context.Background())
	r.ledger.check("Replace", begun, bound)
	r.ledger.judge("Replace", err, r.ledger.short(begun), nil)
}

// profile takes a profile of a worker, which may die meanwhile, be stopped, or be mad.
func (r *run) profile(i *injection) {
	pid := r.worker(i)
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	begun := time.Now()
	name := []string{"goroutine", "heap", "cpu"}[i.rnd.IntN(3)]
	err := r.pool.Profile(ctx, pid, name, io.Discard, ipc.ProfileOptions{Duration: 5 * time.Millisecond})
	r.ledger.check("Profile", begun, time.Second)
	short := r.ledger.short(begun)
	r.ledger.judge("Profile, "+name, err, short, func(err error) bool {
		_, remote := errors.AsType[*ipc.RemoteError](err)
		return err == nil || remote || errors.Is(err, ipc.ErrNoWorker) || errors.Is(err, ipc.ErrNoProfile) ||
			errors.Is(err, ipc.ErrProcessDied) || errors.Is(err, context.DeadlineExceeded) ||
			errors.Is(err, syscall.EMFILE) && short
	})
}
