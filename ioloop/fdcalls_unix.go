//go:build unix && !linux && !aix

package ioloop

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func readFD(fd int, p []byte, _ fileKind) (int, error)  { return unix.Read(fd, p) }
func writeFD(fd int, p []byte, _ fileKind) (int, error) { return unix.Write(fd, p) }

// newLink returns k: this system has no ring.
func (l *Loop) newLink(k *fdLink) link { return k }

func newRingAccept(*acceptor) accepting { return nil }

// acceptFD accepts a connection that does not block.
func acceptFD(fd int) (int, error) {
	syscall.ForkLock.RLock()
	n, _, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(n)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(n, true); err != nil {
		unix.Close(n)
		return -1, err
	}
	return n, nil
}
