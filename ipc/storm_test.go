//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// An entry asks a function to write its number into a journal when it starts.
type entry struct {
	Journal string
	Number  int
	Spin    int // how much work to do, so that there is something to interrupt
}

func journalize(_ context.Context, e entry) (int, error) {
	f, err := os.OpenFile(e.Journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%d\n", e.Number); err != nil {
		return 0, err
	}
	n := e.Number
	for range e.Spin {
		n = n*1664525 + 1013904223
	}
	if n == 42 {
		return 0, errors.New("unlikely")
	}
	return e.Number, nil
}

var (
	once  = ipc.Func("storm: once", journalize)
	again = ipc.Func("storm: again", journalize, ipc.FuncOptions{Idempotent: true, Attempts: 1 << 20})
)

// TestKillStorm kills workers, whatever they are doing, again and again while calls
// go on, and then holds the books against the journal: a call that
// succeeded ran, and ran once if it may not run twice; a call that failed says
// that its worker died; there is nothing else.
func TestKillStorm(t *testing.T) {
	kills := effort.Times(80, 20, 1000)
	journal := filepath.Join(t.TempDir(), "journal")
	require.NoError(t, os.WriteFile(journal, nil, 0o600))
	pool := newPool(t, ipc.PoolOptions{Workers: 4})

	type outcome struct {
		idempotent bool
		err        error
	}
	var (
		mu       sync.Mutex
		outcomes = map[int]outcome{}
		over     = make(chan struct{})
		callers  sync.WaitGroup
	)
	for g := range 48 { // more than workers: some calls wait behind others
		callers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				e := entry{Journal: journal, Number: g<<24 + i, Spin: 1 << r.IntN(16)}
				f, idempotent := once.On(pool), r.IntN(2) == 0
				if idempotent {
					f = again.On(pool)
				}
				got, err := f(t.Context(), e)
				if err == nil && got != e.Number {
					err = fmt.Errorf("got the result of call %d", got)
				}
				mu.Lock()
				outcomes[e.Number] = outcome{idempotent, err}
				mu.Unlock()
			}
		})
	}
	r := rand.New(rand.NewPCG(7, 7))
	for pool.Stats().Died < int64(kills) {
		for _, w := range pool.Workers() { // it may be dead already
			switch n := r.IntN(16); {
			case w.State == ipc.WorkerStarting: // too many failed starts are the caller's concern
			case n < 4:
				_ = syscall.Kill(w.Pid, syscall.SIGKILL)
			case n < 5:
				_ = syscall.Kill(w.Pid, syscall.SIGSTOP)
			case n < 7:
				_ = syscall.Kill(w.Pid, syscall.SIGCONT)
			}
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond) // at any step of a call
	}
	for _, w := range pool.Workers() {
		_ = syscall.Kill(w.Pid, syscall.SIGCONT)
	}
	close(over)
	callers.Wait()
	require.NoError(t, pool.Shutdown(context.Background()))

	data, err := os.ReadFile(journal)
	require.NoError(t, err)
	runs := map[int]int{}
	for line := range strings.Lines(string(data)) {
		var n int
		_, err := fmt.Sscan(line, &n)
		require.NoError(t, err, line)
		runs[n]++
	}
	died := 0
	for n, o := range outcomes {
		switch {
		case o.err == nil && o.idempotent:
			require.GreaterOrEqual(t, runs[n], 1, "call %d succeeded without running", n)
		case o.err == nil:
			require.Equal(t, 1, runs[n], "call %d", n)
		default:
			require.ErrorIs(t, o.err, ipc.ErrProcessDied)
			require.False(t, o.idempotent, "call %d could have been tried again: %v", n, o.err)
			require.LessOrEqual(t, runs[n], 1, "call %d", n)
			died++
		}
	}
	for n := range runs {
		_, told := outcomes[n]
		require.True(t, told, "call %d ran and nobody was told", n)
	}
	s := pool.Stats()
	require.EqualValues(t, len(outcomes), s.Calls)
	require.LessOrEqual(t, int64(died), s.Died, "a worker that dies costs one call")
	t.Logf("%d kills: %d calls, %d of them failed, %d retried, %d workers", kills, len(outcomes), died, s.Retried, s.Spawned)
}
