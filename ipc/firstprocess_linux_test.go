package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
)

func init() { programs["first"] = first }

// breeds leaves processes behind, whose parents are gone.
var breeds = ipc.Func("ipc_test.breeds", func(ctx context.Context, how string) (int, error) {
	if err := exec.CommandContext(ctx, "sh", "-c", "sleep 1000 & sleep 1000 &").Run(); err != nil {
		return 0, err
	}
	switch how {
	case "killed":
		return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "stuck":
		select {}
	}
	return os.Getpid(), nil
})

// first is a program that is process 1, as in a container, with workers and processes that
// leave others behind. It prints what is wrong, and how many zombies there are in the end.
func first() {
	check := func(what string, err, want error) {
		if !errors.Is(err, want) {
			fmt.Println(what, err)
		}
	}
	if os.Getpid() != 1 {
		fmt.Println("it is process", os.Getpid())
	}
	ctx := context.Background()
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 2})
	check("NewPool", err, nil)
	for range 3 {
		_, err = breeds.On(pool)(ctx, "killed")
		check("killed", err, ipc.ErrProcessDied)
		bounded, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err = breeds.On(pool)(bounded, "stuck")
		cancel()
		check("stuck", err, context.DeadlineExceeded)
		_, err = breeds.On(pool)(ctx, "")
		check("returned", err, nil)
	}
	check("Shutdown", pool.Shutdown(ctx), nil)
	for _, how := range []string{"", "killed"} {
		p, err := ipc.Start(ctx, breeds, how)
		check("Start", err, nil)
		if err = p.Join(ctx); how == "" {
			check("Join", err, nil)
		}
	}
	for deadline := time.Now().Add(5 * time.Second); zombie() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // what does not die at once is collected later
	}
	zombies := 0
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); err != nil || pid < 1 {
			fmt.Println(zombies, "zombies,", err)
			return
		}
		zombies++
	}
}

// zombie reports whether a child of this process waits to be reaped. It leaves it so.
func zombie() bool {
	var info struct {
		signo, errno, code, _ int32
		pid                   int32
		_                     [108]byte
	}
	err := unix.Waitid(unix.P_ALL, 0, (*unix.Siginfo)(unsafe.Pointer(&info)), unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.pid != 0
}

// A program that is process 1 has no zombies of what its workers have left behind.
func TestFirstProcess(t *testing.T) {
	cmd := program(t, "first")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
		t.Skip("no namespace of process ids to be had:", err)
	}
	require.NoError(t, err, string(out))
	require.Equal(t, "0 zombies, no child processes\n", string(out))
}
