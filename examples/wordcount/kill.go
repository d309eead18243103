package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/fanfold/fanfold/ipc"
)

// A killer kills busy workers of a pool, one after another, spread over the
// calls that are made. A call loses one worker at most, lest the pool take it for
// the culprit and give it up: the killer strikes again when all calls that ran
// at the last blow have ended.
type killer struct {
	pool    *ipc.Pool
	console *console
	want    int // workers to kill
	calls   int // calls that will be made
	halt    func()

	mu      sync.Mutex
	killed  int
	ended   int // calls
	running int // calls that began after the last blow
	struck  int // calls that ran at the last blow, and still do
}

// newKiller starts to kill until want workers are dead or stop is called.
func newKiller(pool *ipc.Pool, want, calls int, c *console) *killer {
	k := &killer{pool: pool, want: want, calls: calls, console: c}
	k.halt = every(100*time.Microsecond, k.strike)
	return k
}

// stop ends the killing and reports if it fell short.
func (k *killer) stop() {
	k.halt()
	if k.killed < k.want {
		k.console.printf("the work ended after %d of %d kills", k.killed, k.want)
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
	k.running++
	return k.killed
}

func (k *killer) end(killedBefore int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended++
	if killedBefore == k.killed {
		k.running--
	} else {
		k.struck--
	}
}

// strike kills a busy worker if it is time for one.
func (k *killer) strike() {
	k.mu.Lock()
	defer k.mu.Unlock()
	due := k.ended*(k.want+1) >= k.calls*(k.killed+1)
	if !due || k.killed == k.want || k.struck > 0 {
		return
	}
	for _, w := range k.pool.Workers() {
		if w.Busy && kill(w.Pid) {
			k.killed++
			k.struck, k.running = k.running, 0
			k.console.printf("killed worker %d (%d of %d)", w.Pid, k.killed, k.want)
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
