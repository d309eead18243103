//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// _mute hides all output until the function that it returns is called.
func _mute() func() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	var kept [2]int
	for i := range kept {
		if kept[i], err = unix.Dup(1 + i); err != nil {
			panic(err)
		}
		unix.CloseOnExec(kept[i])
		if err = unix.Dup2(int(null.Fd()), 1+i); err != nil {
			panic(err)
		}
	}
	return func() {
		for i := range kept {
			unix.Dup2(kept[i], 1+i)
			unix.Close(kept[i])
		}
		null.Close()
	}
}
