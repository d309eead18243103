//go:build unix && !aix

package ioloop

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) {
	table = append(table, proxies(t)...)
	table = append(table, streams(t)...)
	table = append(table, system(t)...)
	programs.Test(t, table)
}

// Programs print what their Python counterparts do, and servers have Python's clients.
var table = []programs.Program{
	{Name: "blocking", Args: "-tick 1ms", Stdout: "file: Hello, file!\npipe: Hello, pipe!\n", Stderr: "the read has blocked for "},
	{
		Name: "nonblocking", Args: "-tick 1ms", Stdout: "file: Hello, file!\npipe: nothing to read yet\npipe: Hello, pipe!\n",
		Stderr: "the file cannot be waited for",
	},
	{Name: "files", Stdout: "Hello, world!\n"},
	{Name: "aio", Args: "-file ../../go.mod", Stdout: "Read submitted\nOther work done meanwhile\nRead complete: 128 bytes\n"},
	{Name: "select", Serve: refuses, Stderr: "a client is refused: "},
	{Name: "poll", Serve: acknowledges},
}
