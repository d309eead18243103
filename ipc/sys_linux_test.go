package ipc_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
)

// whereabouts is what a process sees of itself.
type whereabouts struct {
	UID, GID, Pid int
	Host          string
	Cgroup        string
}

var locate = ipc.Func("locate", func(context.Context, none) (w whereabouts, err error) {
	w.UID, w.GID, w.Pid = os.Getuid(), os.Getgid(), os.Getpid()
	if w.Host, err = os.Hostname(); err != nil {
		return w, err
	}
	groups, err := os.ReadFile("/proc/self/cgroup")
	w.Cgroup = string(groups)
	return w, err
})

// rename gives the host a name, which is seen in its own namespace only.
var rename = ipc.Func("rename", func(_ context.Context, name string) (none, error) {
	return none{}, syscall.Sethostname([]byte(name))
})

// whereIs runs locate in both kinds of process, under sys, and has look at what they
// saw.
func whereIs(t *testing.T, sys *syscall.SysProcAttr, initializer ipc.Call, look func(t *testing.T, w whereabouts)) {
	t.Helper()
	t.Run("pool", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Sys: sys}, Initializer: initializer})
		w, err := locate.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		look(t, w)
		// It can be killed there as anywhere.
		worker := pool.Workers()[0].Pid
		require.NoError(t, syscall.Kill(worker, syscall.SIGKILL))
		_, err = locate.On(pool)(t.Context(), none{})
		require.NoError(t, err)
	})
	t.Run("process", func(t *testing.T) {
		if initializer.Func != "" {
			t.Skip("a process has none")
		}
		p := ipc.NewProcess(locate, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Sys: sys}})
		require.NoError(t, p.Start(t.Context()))
		w, err := p.Result(t.Context())
		require.NoError(t, err)
		look(t, w)
	})
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("this needs root")
	}
}

func TestOtherUser(t *testing.T) {
	asRoot(t)
	const nobody = 65534
	sys := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	whereIs(t, sys, ipc.Call{}, func(t *testing.T, w whereabouts) {
		require.Equal(t, [2]int{nobody, nobody}, [2]int{w.UID, w.GID})
	})
}

func TestNamespaces(t *testing.T) {
	asRoot(t)
	sys := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID}
	whereIs(t, sys, ipc.Call{}, func(t *testing.T, w whereabouts) {
		require.Equal(t, 1, w.Pid, "the first of its namespace")
	})
	host, err := os.Hostname()
	require.NoError(t, err)
	whereIs(t, sys, rename.Bind("elsewhere"), func(t *testing.T, w whereabouts) {
		require.Equal(t, "elsewhere", w.Host)
		here, err := os.Hostname()
		require.NoError(t, err)
		require.Equal(t, host, here)
	})
}

// What is done in a namespace of its own ends with whoever the pool belongs to, as
// anywhere: see also TestOrphans.
func TestNamespaceTerminate(t *testing.T) {
	asRoot(t)
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Sys: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}}})
	worker := pool.Workers()[0].Pid
	go func() { _, _ = endless.On(pool)(context.Background(), none{}) }()
	require.NoError(t, within(t, func() error { pool.Close(); return nil }))
	require.False(t, alive(worker))
}

func TestCgroup(t *testing.T) {
	dir := cgroup2(t)
	group := filepath.Join(dir, fmt.Sprint("fanfold-test-", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Skip("no control group can be made here: ", err)
	}
	t.Cleanup(func() { require.NoError(t, os.Remove(group)) }) // which fails while a process is in it
	f, err := os.Open(group)
	require.NoError(t, err)
	defer f.Close()
	sys := &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd())}
	whereIs(t, sys, ipc.Call{}, func(t *testing.T, w whereabouts) {
		require.Contains(t, w.Cgroup, filepath.Base(group)+"\n")
	})
}

// cgroup2 returns where control groups of version 2 are, and skips t where there are
// none.
func cgroup2(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC {
			return dir
		}
	}
	t.Skip("there are no control groups of version 2")
	return ""
}
