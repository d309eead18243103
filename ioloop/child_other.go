//go:build !linux

package ioloop

import (
	"errors"
	"os"
)

// watchProcess leaves the process to a goroutine.
func (l *Loop) watchProcess(*os.Process, func(*os.ProcessState, error)) error {
	return errors.ErrUnsupported
}
