package starts_test

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/fanfold/fanfold/ipc"
)

var increment = ipc.Func("increment", func(_ context.Context, n int) (int, error) { return n + 1, nil })

// role says what a child is that is not one of ipc's.
const role = "BENCH_START"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "bare":
		return
	case "gob":
		if err := serve(); err != nil && err != io.EOF {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(ipc.TestMain(m))
}

// serve answers numbers with the next ones.
func serve() error {
	in, out := gob.NewDecoder(os.Stdin), gob.NewEncoder(os.Stdout)
	for {
		var n int
		if err := in.Decode(&n); err != nil {
			return err
		}
		if err := out.Encode(n + 1); err != nil {
			return err
		}
	}
}

func child(as string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"="+as)
	cmd.Stderr = os.Stderr
	return cmd
}

func bare(context.Context) error { return child("bare").Run() }

func gobPipes(context.Context) error {
	cmd := child("gob")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var got int
	if err := errors.Join(gob.NewEncoder(in).Encode(41), gob.NewDecoder(out).Decode(&got), in.Close()); err != nil {
		return err
	}
	return errors.Join(right(got), cmd.Wait())
}

func pool(ctx context.Context) error {
	p, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 1})
	if err != nil {
		return err
	}
	got, err := increment.On(p)(ctx, 41)
	return errors.Join(err, right(got), p.Close())
}

func process(ctx context.Context) error {
	p := ipc.NewProcess(increment, 41)
	if err := p.Start(ctx); err != nil {
		return err
	}
	got, err := p.Result(ctx)
	return errors.Join(err, right(got))
}

func right(got int) error {
	if got != 42 {
		return fmt.Errorf("41 and 1 make %d", got)
	}
	return nil
}

// BenchmarkStart starts a process, calls it once, and waits until it is gone.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name string
		run  func(context.Context) error
	}{{"bare", bare}, {"gob-pipes", gobPipes}, {"fanfold", pool}, {"fanfold-Process", process}} {
		b.Run("impl="+c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
