//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package main

import (
	"errors"
	"os"
)

// isTerminal reports whether f is a terminal, or another device.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// makeRaw fails: lines are edited by the system, if at all.
func makeRaw(*os.File) (func(), error) { return nil, errors.ErrUnsupported }

func width(*os.File) int { return 80 }
