package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/child"
)

// A freezer is a control group that can be frozen.
type freezer struct {
	group        string
	control      string // the file that freezes and thaws
	frozen, thaw string // what is written to it
	state        string // the file that tells, and what it then has
	is           string
}

// freezers are those of both versions of control groups. What is frozen by the second dies
// when it is killed; what is frozen by the first dies when it is thawed.
var freezers = map[string]func(t *testing.T) freezer{
	"version 1": func(t *testing.T) freezer {
		group := controlGroup(t, "/sys/fs/cgroup/freezer")
		return freezer{group, "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN"}
	},
	"version 2": func(t *testing.T) freezer {
		group := controlGroup(t, cgroup2(t))
		return freezer{group, "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1"}
	},
}

// controlGroup makes a control group below a folder, for the time of the test, and skips
// where it cannot.
func controlGroup(t *testing.T, dir string) string {
	t.Helper()
	group := filepath.Join(dir, fmt.Sprint("fanfold-frozen-", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Skip("no control group can be made here: ", err)
	}
	t.Cleanup(func() {
		require.Eventually(t, func() bool { return os.Remove(group) == nil }, 10*time.Second, time.Millisecond, "a process is left in it")
	})
	return group
}

func (f freezer) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(f.group, name), []byte(text), 0o644))
}

// freeze freezes a process.
func (f freezer) freeze(t *testing.T, pid int) {
	t.Helper()
	f.write(t, "cgroup.procs", fmt.Sprint(pid))
	if _, err := os.Stat(filepath.Join(f.group, f.control)); err != nil {
		t.Skip("the control group cannot be frozen: ", err)
	}
	f.write(t, f.control, f.frozen)
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(f.group, f.state))
		return err == nil && strings.Contains(string(text), f.is)
	}, 10*time.Second, time.Millisecond)
	t.Cleanup(func() { f.write(t, f.control, f.thaw) })
}

// A call whose worker is frozen returns soon after its ctx has ended: the worker is dead,
// or given up, and dies when it is thawed.
func TestFrozenWorker(t *testing.T) {
	for name, frozen := range freezers {
		t.Run(name, func(t *testing.T) {
			mercy := child.Mercy
			child.Mercy = 200 * time.Millisecond
			t.Cleanup(func() { child.Mercy = mercy })
			f := frozen(t)
			pool := newPool(t, ipc.PoolOptions{Workers: 1})
			worker := pool.Workers()[0].Pid
			f.freeze(t, worker)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			err := within(t, func() error { _, err := square.On(pool)(ctx, 1); return err })
			require.ErrorIs(t, err, context.DeadlineExceeded)
			immortal := errors.Is(err, ipc.ErrUnkillable)
			require.Equal(t, immortal, alive(worker))
			n, err := square.On(pool)(t.Context(), 4)
			require.NoError(t, err)
			require.Equal(t, 16, n)
			err = within(t, func() error { return pool.Close() })
			require.Equal(t, immortal, errors.Is(err, ipc.ErrUnkillable), "%v", err)
			f.write(t, f.control, f.thaw)
			require.Eventually(t, func() bool { return !alive(worker) }, 10*time.Second, time.Millisecond)
		})
	}
}
