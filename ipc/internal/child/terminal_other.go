//go:build !linux

package child

import (
	"os"
	"syscall"
)

// A terminal is that of a child which is to read from it. It is left alone here: a read
// of it fails.
type terminal struct{}

func lendTerminal(*os.File, *syscall.SysProcAttr) *terminal { return nil }

func (*terminal) close() {}

func (*terminal) back(int) {}
