//go:build unix && !aix && !linux

package ioloop

import (
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// system are programs about what this system lacks. That of epoll has an address before it
// finds that out.
func system(t *testing.T) []programs.Program {
	return []programs.Program{
		{Name: "sigio", Status: 1, Stderr: "unsupported"},
		{Name: "epoll", Args: "-addr localhost:0", Order: func(string) any { return nil }, Status: 1, Stderr: "unsupported"},
	}
}
