package ioloop

import (
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// system are programs about what Linux has.
func system(t *testing.T) []programs.Program {
	return append(watches(t), []programs.Program{
		{Name: "sigio", Args: "-tick 1ms", Stdout: "SIGIO: the pipe is Readable\nReceived: Hello, SIGIO!\n"},
		{Name: "serial", Args: "-line /dev/nosuchline", Stderr: "no such file or directory", Status: 1},
		{Name: "serial", Args: "-tick 1ms -limit 1m", Stdout: "temperature: 21.4 C\ntemperature: 21.5 C\ntemperature: 21.6 C\n"},
		{Name: "epoll", Args: "-trigger both", Stderr: "invalid value \"both\" for flag -trigger: want level or edge\n", Status: 2},
		{Name: "epoll", Serve: acknowledges},
		{Name: "epoll", Args: "-trigger edge", Serve: acknowledges},
	}...)
}
