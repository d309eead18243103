package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/fanfold/fanfold/ipc"
)

// A killer kills busy workers of a pool, one after another, spread over the
// calls that are made. No call lives through more than maxBlows kills: the pool
// would take one that loses its third worker for the culprit and give it up.
type killer struct {
	pool    *ipc.Pool
	console *console.Console
	want    int // workers to kill
	calls   int // calls that will be made
	halt    func()

	mu      sync.Mutex
	killed  int
	victim  int         // the last pid: the pool may not have noticed yet
	ended   int         // calls
	running map[int]int // calls under way, by what killed was when they began
}

const maxBlows = 2

// newKiller starts to kill until want workers are dead or stop is called.
func newKiller(pool *ipc.Pool, want, calls int, c *console.Console) *killer {
	k := &killer{pool: pool, want: want, calls: calls, console: c, running: map[int]int{}}
	k.halt = console.Every(time.Millisecond, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.strike()
	})
	return k
}

// stop ends the killing and reports if it fell short.
func (k *killer) stop() {
	k.halt()
	if k.killed < k.want {
		k.console.Printf("the work ended after %d of %d kills", k.killed, k.want)
	}
}

// watch returns count with its calls known to k.
func (k *killer) watch(count mapper) mapper {
	return func(ctx context.Context, shard []string) (words.Totals, error) {
		defer k.end(k.begin())
		return count(ctx, shard)
	}
}

// begin returns how many workers had been killed when the call began.
func (k *killer) begin() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running[k.killed]++
	return k.killed
}

func (k *killer) end(killedBefore int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended++
	if k.running[killedBefore]--; k.running[killedBefore] == 0 {
		delete(k.running, killedBefore)
	}
	k.strike() // a good moment: the other workers are busy
}

// strike kills a busy worker if it is time for one. The caller holds k.mu.
func (k *killer) strike() {
	due := k.ended*(k.want+1) >= k.calls*(k.killed+1)
	if !due || k.killed == k.want {
		return
	}
	for killedBefore := range k.running {
		if k.killed-killedBefore >= maxBlows {
			return
		}
	}
	for _, w := range k.pool.Workers() {
		if w.State == ipc.WorkerBusy && w.Pid != k.victim && kill(w.Pid) {
			k.killed++
			k.victim = w.Pid
			k.console.Printf("killed worker %d (%d of %d)", w.Pid, k.killed, k.want)
			return
		}
	}
}

// kill reports whether there was a process to kill.
func kill(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer process.Release()
	return process.Kill() == nil
}
