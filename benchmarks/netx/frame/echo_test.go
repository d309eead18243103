//go:build linux

package frame_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// A cell is one load.
type cell struct{ conns, size, deep int }

var cells = []cell{{16, 64, 1}, {16, 64, 32}, {16, 4 << 10, 1}}

func (c cell) String() string {
	size := fmt.Sprintf("%dB", c.size)
	if c.size >= 1<<10 {
		size = fmt.Sprintf("%dKiB", c.size>>10)
	}
	return fmt.Sprintf("size=%s/pipeline=%d", size, c.deep)
}

// BenchmarkEcho has a server send back messages.
func BenchmarkEcho(b *testing.B) {
	for _, name := range []string{"fanfold", "raw-bytes", "raw-bytes-netx", "two-writes", "asyncio"} {
		b.Run("impl="+name, func(b *testing.B) {
			for _, c := range cells {
				load(b, name, c)
			}
		})
	}
}

// command returns the program of a server.
func command(b *testing.B, name string) *exec.Cmd {
	if name != "asyncio" {
		return pinned.Self(serverRole, name)
	}
	if _, err := exec.LookPath("python3"); err != nil {
		b.Skip("no python3 on this machine")
	}
	return exec.Command("python3", "testdata/asyncio_server.py")
}

// load measures a server under one load.
func load(b *testing.B, name string, c cell) {
	open := func(b *testing.B) *pinned.Session {
		s, err := pinned.Open(command(b, name), clientRole, func(addr string, pid int) any { return task{addr, pid, c.conns, c.size, c.deep} })
		if err != nil {
			b.Fatal(name, err)
		}
		return s
	}
	pinned.Bench(b, c.String(), open, pinned.ByCPU)
}
