//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"context"
	"errors"
	"time"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// parties is how many meet: one of them is this process, the others are children.
const parties = 5

// A barrierChild is one of the parties.
type barrierChild struct {
	Barrier, Second *shm.Barrier
	Results         *shm.Array[int64] // three lists, of which only the lengths count
	Out             *shm.Queue[int]
	Passes          int
	Do              string
}

var barrierChildren = ipc.Func("shm_test.barrierChild", func(ctx context.Context, c barrierChild) (struct{}, error) {
	return struct{}{}, c.do(ctx)
})

func (c barrierChild) add(list int) int { return int(shm.AddAt(c.Results, list, 1)) }

func (c barrierChild) len(list int) int { return int(shm.AddAt(c.Results, list, 0)) }

var errStep = errors.New("out of step")

func (c barrierChild) do(ctx context.Context) error {
	switch c.Do {
	case "passes":
		return c.passes(ctx)
	case "return":
		n, err := c.Barrier.Wait(ctx)
		return errors.Join(err, c.Out.Put(ctx, n))
	case "action":
		if _, err := c.Barrier.Wait(ctx); err != nil || c.len(0) != 1 {
			return errors.Join(err, errStep)
		}
		return nil
	case "abort":
		return c.abort(ctx)
	case "reset":
		return c.reset(ctx)
	case "abort and reset":
		if err := c.abort(ctx); err != nil {
			return err
		}
		n, err := c.Second.Wait(ctx)
		if n == parties/2 && err == nil {
			c.Barrier.Reset()
		}
		if _, err := c.Second.Wait(ctx); err != nil {
			return err
		}
		if _, err := c.Barrier.Wait(ctx); err != nil {
			return err
		}
		c.add(2)
		return err
	case "timeout":
		return c.late(ctx)
	case "thousand":
		for i := range c.Passes {
			if _, err := c.Barrier.Wait(ctx); err != nil {
				return err
			}
			if err := c.Out.Put(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// passes meets twice a round: nobody is ahead.
func (c barrierChild) passes(ctx context.Context) error {
	for i := range c.Passes {
		c.add(0)
		if c.len(1) != i*parties {
			return errStep
		}
		if _, err := c.Barrier.Wait(ctx); err != nil {
			return err
		}
		c.add(1)
		if c.len(0) != (i+1)*parties {
			return errStep
		}
		if _, err := c.Barrier.Wait(ctx); err != nil {
			return err
		}
	}
	if c.Barrier.Broken() {
		return shm.ErrBroken
	}
	return nil
}

// abort has one party abort while the others wait.
func (c barrierChild) abort(ctx context.Context) error {
	n, err := c.Barrier.Wait(ctx)
	switch {
	case err == nil && n == parties/2:
		c.Barrier.Abort()
		return nil
	case err == nil:
		_, err = c.Barrier.Wait(ctx)
	}
	if err == nil {
		c.add(0)
	} else if errors.Is(err, shm.ErrBroken) {
		c.add(1)
		err = nil
	}
	return err
}

// reset has one party reset while the others wait.
func (c barrierChild) reset(ctx context.Context) error {
	n, err := c.Barrier.Wait(ctx)
	if err != nil {
		return err
	}
	if n == parties/2 {
		for c.Barrier.Waiting() < parties-1 {
			time.Sleep(100 * time.Microsecond)
		}
		c.Barrier.Reset()
	} else if _, err = c.Barrier.Wait(ctx); err == nil {
		c.add(0)
	} else if errors.Is(err, shm.ErrBroken) {
		c.add(1)
	}
	if _, err = c.Barrier.Wait(ctx); err == nil {
		c.add(2)
	}
	return err
}

// late has one party come when the time of the others is over.
func (c barrierChild) late(ctx context.Context) error {
	n, err := c.Barrier.Wait(ctx)
	if err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, short)
	defer cancel()
	if n == parties/2 {
		for !c.Barrier.Broken() {
			time.Sleep(100 * time.Microsecond)
		}
	}
	if _, err = c.Barrier.Wait(soon); errors.Is(err, shm.ErrBroken) || errors.Is(err, context.DeadlineExceeded) {
		c.add(0)
		return nil
	}
	return errStep
}

var appended = ipc.Func("shm_test.appended", func(_ context.Context, a *shm.Array[int64]) (struct{}, error) {
	shm.AddAt(a, 0, 1)
	return struct{}{}, nil
})
