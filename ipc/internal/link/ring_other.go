//go:build unix && !linux

package link

import (
	"errors"
	"os"
)

// Where there are no rings, pipes are the transport.

// NewRing returns an error matching errors.ErrUnsupported.
func NewRing(*Pipes, bool) (Transport, *os.File, error) {
	return nil, nil, errors.ErrUnsupported
}

// Reserve does nothing.
func Reserve(*os.File) error { return nil }

func newRingInbox(*pipeInbox, *os.File, bool) (Inbox, error) { return nil, errors.ErrUnsupported }
