//go:build unix

package link

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// sealFrom is how many bytes of a body are worth sealed memory of their own.
const sealFrom = 256 << 10

// ship sends what goes with f, a call or an answer, which is to follow: files, and its
// body if that is large and there is sealed memory for it; f is then without it. It
// fails where files cannot be sent, with ErrCut if nothing can any more, and otherwise
// with ErrUnsent: the system may refuse to send one file more (ETOOMANYREFS), be short of
// memory (ENOBUFS, ENOMEM), or forbid it (EPERM).
func (f *Frame) ship(c *Control, files []*os.File, sealing bool) error {
	f.Files = len(files)
	with := files
	if sealing && len(f.Body) >= sealFrom {
		if memory, ok := seal(f.Body); ok {
			defer memory.Close()
			with = append([]*os.File{memory}, files...)
		}
	}
	if len(with) == 0 {
		return nil
	}
	err := c.send(Frame{Kind: KindFiles, Call: f.Call, Body: appendNames(nil, with)}, with, time.Time{})
	switch {
	case err == nil:
	case errors.Is(err, ErrCut):
		return err
	case len(files) == 0: // the body is still in f, and goes that way
		return nil
	case c.broken() || c.over.Load() || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%w: %w", ErrCut, err)
	default:
		return fmt.Errorf("%w: %w", ErrUnsent, err)
	}
	if f.Files = len(with); len(with) > len(files) {
		f.sealed, f.Body = true, nil
	}
	return nil
}

// broken reports whether the descriptor is no socket any more: foreign code has closed it.
func (c *Control) broken() bool {
	var err error
	closed := c.raw.Control(func(fd uintptr) {
		_, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TYPE)
	})
	return closed != nil || err != nil
}

// unseal takes in what went with f, a call or an answer, and has come: nothing if it
// was lost.
func (f *Frame) unseal(rights fds.Arrivals, names []byte, limit int) (err error) {
	if rights == nil {
		f.Lost = true
		return nil
	}
	files := named(rights, names)
	if f.sealed {
		f.Body, err = unseal(files[0], limit)
		files[0].Close()
		files = files[1:]
	}
	if f.Got = files; err == nil && len(files) > maxFiles {
		err = ErrProtocol
	}
	if err != nil {
		fds.CloseAll(files)
		f.Got = nil
	}
	return err
}
