//go:build linux

package ws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// A cell is one load.
type cell struct{ conns, size, deep int }

var cells = []cell{{16, 64, 1}, {16, 64, 16}, {16, 4 << 10, 1}, {4, 1 << 20, 1}}

func (c cell) String() string {
	size := fmt.Sprintf("%dB", c.size)
	switch {
	case c.size >= 1<<20:
		size = fmt.Sprintf("%dMiB", c.size>>20)
	case c.size >= 1<<10:
		size = fmt.Sprintf("%dKiB", c.size>>10)
	}
	return fmt.Sprintf("size=%s/pipeline=%d", size, c.deep)
}

// BenchmarkEcho has a server send back messages.
func BenchmarkEcho(b *testing.B) {
	all(b, cells, "fanfold", "gws", "gorilla", "coder", "gobwas")
}

// BenchmarkDeflate has it send back JSON that is compressed.
func BenchmarkDeflate(b *testing.B) {
	all(b, cells[2:3], "fanfold-deflate", "gws-deflate", "gorilla-deflate", "coder-deflate")
}

// BenchmarkIdle measures the memory of a server per connection, on each of which one message
// was sent back.
func BenchmarkIdle(b *testing.B) {
	for _, name := range []string{"fanfold", "fanfold-accept", "gws", "gorilla", "coder", "gobwas"} {
		b.Run("impl="+name, func(b *testing.B) {
			var bytes int64
			for b.Loop() {
				bytes += idle(b, name)
			}
			b.ReportMetric(float64(bytes)/float64(b.N)/idleConns, "idle-B")
		})
	}
}

const idleConns = 2000

// idle returns how much larger a server is with idle connections than with few.
func idle(b *testing.B, name string) int64 {
	s := open(b, name, cell{16, 64, 1})
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(name, err)
		}
	}()
	before := memoryOf(b, s.Server)
	many, err := s.Connect(clientRole, cell{idleConns, 64, 1}.task(name))
	if err != nil {
		b.Fatal(err)
	}
	after := memoryOf(b, s.Server)
	if err := many.Close(); err != nil {
		b.Error(err)
	}
	return after - before
}

func all(b *testing.B, cells []cell, names ...string) {
	for _, name := range names {
		b.Run("impl="+strings.TrimSuffix(name, "-deflate"), func(b *testing.B) {
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

// open starts a server and a client whose connections have been used.
func open(b *testing.B, name string, c cell) *pinned.Session {
	s, err := pinned.Open(pinned.Self(serverRole, name), clientRole, c.task(name))
	if err != nil {
		b.Fatal(name, err)
	}
	return s
}

func (c cell) task(name string) pinned.Task {
	return func(addr string, pid int) any {
		return task{Addr: addr, Server: pid, Conns: c.conns, Size: c.size, Deep: c.deep, Deflate: strings.HasSuffix(name, "-deflate")}
	}
}

// memoryOf returns the memory of a server.
func memoryOf(b *testing.B, server *pinned.Process) (n int64) {
	if err := server.Ask(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
