package link

import (
	"errors"
	"fmt"
	"os"

	"github.com/fanfold/fanfold/internal/memfd"
)

// Large bodies travel in sealed memory, whose descriptor is all that is sent: they are
// written once and read once, where in a pipe both sides take turns for every 64 KiB of
// them.

// seal returns sealed memory with body in it; false if there is none, or no more.
func seal(body []byte) (*os.File, bool) {
	f, err := memfd.Freeze("fanfold-body", body)
	return f, err == nil
}

// unseal returns a copy of what is in sealed memory, of at most limit bytes.
func unseal(f *os.File, limit int) ([]byte, error) {
	body, err := memfd.ReadFrozen(f, limit)
	if errors.Is(err, memfd.ErrRefused) {
		err = fmt.Errorf("%w: a body in memory: %w", ErrProtocol, err)
	}
	return body, err
}
