//go:build !linux

package ipc

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

var errNoHandles = fmt.Errorf("ipc: handles of processes on %s: %w", runtime.GOOS, errors.ErrUnsupported)

func openHandle(int, string) (*Handle, error) { return nil, errNoHandles }

func signalHandle(int, syscall.Signal) error { return errNoHandles }

func checkHandle(*os.File) error { return errNoHandles }

// isHandle reports false: there are none.
func isHandle(*os.File) bool { return false }
