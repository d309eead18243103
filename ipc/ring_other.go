//go:build unix && !linux

package ipc

import (
	"errors"
	"os"
)

// Where there are no rings, pipes are the transport.

func newRingPool(*pipes, bool) (transport, *os.File, error) {
	return nil, nil, errors.ErrUnsupported
}

func reserve(*os.File) error { return nil }

func newRingServer(*pipeServer, *os.File, bool) (inbox, error) { return nil, errors.ErrUnsupported }
