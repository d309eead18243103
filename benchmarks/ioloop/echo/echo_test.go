//go:build linux

package echo_test

import (
	"fmt"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// A cell is one load.
type cell struct{ conns, size, deep int }

var cells = []cell{
	{1, 64, 1}, {100, 64, 1}, {1000, 64, 1}, {100, 64, 16}, {1000, 64, 16},
	{100, 4 << 10, 1}, {1000, 4 << 10, 1}, {100, 4 << 10, 16},
}

func (c cell) String() string {
	size := fmt.Sprintf("%dB", c.size)
	if c.size >= 1<<10 {
		size = fmt.Sprintf("%dKiB", c.size>>10)
	}
	return fmt.Sprintf("conns=%d/size=%s/pipeline=%d", c.conns, size, c.deep)
}

// BenchmarkEcho has a server send back requests.
func BenchmarkEcho(b *testing.B) {
	all(b, cells, "C-epoll", "C-io_uring", "C-libuv", "C-libevent", "fanfold", "fanfold-ring", "net", "gnet", "netpoll", "nbio", "evio", "gaio", "asyncio")
}

// BenchmarkPieces has a server answer in one piece or in two.
func BenchmarkPieces(b *testing.B) {
	all(b, cells[1:2], "fanfold", "fanfold-two-pieces")
}

// BenchmarkStreams has goroutines answer, or coroutines.
func BenchmarkStreams(b *testing.B) {
	all(b, []cell{cells[0], cells[1], cells[5]}, "fanfold-streams", "net", "asyncio-streams")
}

func all(b *testing.B, cells []cell, names ...string) {
	for _, name := range names {
		b.Run("impl="+name, func(b *testing.B) {
			for _, c := range cells {
				load(b, name, c)
			}
		})
	}
}

// load measures a server under one load.
func load(b *testing.B, name string, c cell) {
	pinned.Bench(b, c.String(), func(b *testing.B) *pinned.Session { return open(b, name, c) }, pinned.ByCPU)
}

// open starts a server and a client whose connections have been used. It skips b if the
// server cannot run here.
func open(b *testing.B, name string, c cell) *pinned.Session {
	cmd, err := command(name)
	if err != nil {
		b.Skip(err)
	}
	s, err := pinned.Open(cmd, clientRole, c.task)
	if err != nil {
		b.Fatal(name, err)
	}
	return s
}

func (c cell) task(addr string, pid int) any { return task{addr, pid, c.conns, c.size, c.deep} }
