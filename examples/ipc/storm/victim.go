//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// victim is a program with a pool that is busy: one worker computes, one sleeps, one is
// stopped, one has a child. It says so, and is killed.
func victim(pipes bool) {
	pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: len(lingering), NoSharedMemory: pipes})
	if err != nil {
		log.Fatal(err)
	}
	busy := make(chan error)
	for _, how := range lingering {
		go func() { _, err := lingers.On(pool)(context.Background(), how); busy <- err }()
	}
	log.Fatal(<-busy)
}

var lingering = []string{"computes", "sleeps", "is stopped", "has a child"}

// lingers says that it has begun, and does not end.
var lingers = ipc.Func("storm: lingers", func(_ context.Context, how string) (none, error) {
	if how == "has a child" {
		cmd := exec.Command("sleep", "1000")
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			return none{}, err
		}
	}
	fmt.Println(how)
	switch how {
	case "computes":
		_ = endless()
	case "is stopped":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
	time.Sleep(1000 * time.Second)
	return none{}, nil
})

// killParent starts a victim and kills it, as soon as all are busy or before. All that
// is left of it holds its standard output, whose end is the end of the last.
func (r *run) killParent(i *injection) {
	r.starving.RLock()
	defer r.starving.RUnlock()
	stdout, theirs, err := os.Pipe()
	if err != nil {
		r.ledger.note("a pipe: %v", err)
		return
	}
	defer stdout.Close()
	transport := "rings"
	if r.pipes {
		transport = "pipes"
	}
	cmd := exec.Command("/proc/self/exe", "-victim", "-transport", transport)
	cmd.Stdout = theirs
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		r.ledger.note("a victim: %v", err)
		return
	}
	_ = stdout.SetReadDeadline(time.Now().Add(patience))
	lines := bufio.NewReader(stdout)
	if i.rnd.IntN(3) == 0 {
		r.pause(i, 20*time.Millisecond)
	} else {
		for range lingering {
			_, _ = lines.ReadString('\n')
		}
	}
	r.pause(i, time.Millisecond)
	begun := time.Now()
	_ = cmd.Process.Kill()
	_ = stdout.SetReadDeadline(begun.Add(bound))
	if _, err := io.Copy(io.Discard, lines); err != nil {
		r.ledger.note("something lives on after its parent was killed: %v", err)
	}
	_ = cmd.Wait()
}
