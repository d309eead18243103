//go:build unix && !linux

package ipc

import (
	"errors"
	"os"
)

// Where there are no rings, pipes are the transport.

func newRingPool(*pipes, int) (transport, *os.File, error) { return nil, nil, errors.ErrUnsupported }

func newRingServer(pipeServer) (inbox, error) { return nil, errors.ErrUnsupported }
