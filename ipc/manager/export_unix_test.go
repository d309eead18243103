//go:build unix

package manager

import (
	"os"
	"syscall"
)

// KillServer kills the server process of m.
func KillServer(m *Manager) error { return m.owned.signal(os.Kill) }

// StopServer stops the server process of m, until the function is called that it returns.
func StopServer(m *Manager) (resume func() error, err error) {
	return func() error { return m.owned.signal(syscall.SIGCONT) }, m.owned.signal(syscall.SIGSTOP)
}
