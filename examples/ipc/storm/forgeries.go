//go:build linux

package main

import (
	"context"
	"os/exec"
	"syscall"
)

// forgeries falsify the books about shared memory, to see that it is found.
var forgeries = map[string]func(*commons){
	// drop takes back an addition that was acknowledged.
	"drop": func(c *commons) {
		_, acked := c.sum(added)
		c.Number.Store(acked - 1)
	},
	// double makes one more than were begun.
	"double": func(c *commons) {
		begun, _ := c.sum(added)
		c.Number.Store(begun + 1)
	},
	// lie has a process remark something for no reason.
	"lie": func(c *commons) { c.remark(noteUnexplained, "for no reason") },
	// mix makes two of the pair that differ.
	"mix": func(c *commons) {
		_ = c.Pair.With(context.Background(), func(v *pair) error { v.B++; return nil })
	},
	// leak leaves a process behind.
	"leak": func(*commons) {
		cmd := exec.Command("sleep", "10")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // but not for long
		_ = cmd.Start()
	},
}
