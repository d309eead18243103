//go:build unix

package manager

import (
	"os"
	"syscall"
	"testing"

	"github.com/fanfold/fanfold/internal/halt"
)

// KillServer kills the server process of m.
func KillServer(m *Manager) error { return m.owned.signal(os.Kill) }

// StopServer stops the server process of m, until the function is called that it returns.
func StopServer(t *testing.T, m *Manager) (resume func() error) {
	halt.Process(t, m.owned.pid)
	return func() error { return m.owned.signal(syscall.SIGCONT) }
}
