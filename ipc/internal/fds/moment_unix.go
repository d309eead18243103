//go:build unix && !linux

package fds

import "syscall"

// waitInMoment does not wait: see its twin for Linux.
func waitInMoment(int, bool) bool { return false }

// writeNow writes the beginning of head, or of body if there is no head, to a descriptor
// that does not block.
func writeNow(fd int, head, body []byte) (n int, err error) {
	if len(head) == 0 {
		head = body
	}
	for {
		if n, err = syscall.Write(fd, head); err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}
