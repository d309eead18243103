//go:build linux

package main

import (
	"context"
	"errors"
	"os/exec"
	"syscall"

	"github.com/fanfold/fanfold/ipc"
)

// breaks are carriers that do not keep their word, to see that the books find it.
var breaks = map[string]func(ipc.Carrier, order) ipc.Carrier{
	// drop answers without having the call run.
	"drop": func(_ ipc.Carrier, order order) ipc.Carrier {
		return carrier(func(context.Context, ipc.Call) (ipc.Reply, error) { return forged(order, order.Trap.Number), nil })
	},
	// double has it run twice.
	"double": func(c ipc.Carrier, _ order) ipc.Carrier {
		return carrier(func(ctx context.Context, call ipc.Call) (ipc.Reply, error) {
			if _, err := c.Carry(ctx, call); err != nil {
				return ipc.Reply{}, err
			}
			return c.Carry(ctx, call)
		})
	},
	// lie has it run, and fails for no reason.
	"lie": func(c ipc.Carrier, _ order) ipc.Carrier {
		return carrier(func(ctx context.Context, call ipc.Call) (ipc.Reply, error) {
			_, err := c.Carry(ctx, call)
			return ipc.Reply{}, errors.Join(err, errors.New("for no reason"))
		})
	},
	// mix has it run, and returns the answer to another call.
	"mix": func(c ipc.Carrier, order order) ipc.Carrier {
		return carrier(func(ctx context.Context, call ipc.Call) (ipc.Reply, error) {
			_, err := c.Carry(ctx, call)
			return forged(order, order.Trap.Number+1), err
		})
	},
	// leak leaves a process behind.
	"leak": func(c ipc.Carrier, _ order) ipc.Carrier {
		return carrier(func(ctx context.Context, call ipc.Call) (ipc.Reply, error) {
			cmd := exec.Command("sleep", "10")
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // but not for long
			if err := cmd.Start(); err != nil {
				return ipc.Reply{}, err
			}
			return c.Carry(ctx, call)
		})
	},
}

type carrier func(context.Context, ipc.Call) (ipc.Reply, error)

func (f carrier) Carry(ctx context.Context, call ipc.Call) (ipc.Reply, error) { return f(ctx, call) }

// forged is an answer to an order as it travels.
func forged(o order, number uint32) ipc.Reply {
	return ipc.Reply{Out: forge.Bind(answer{Number: number, Payload: make([]byte, o.Answer), Trap: trap{Number: number}}).In}
}
