//go:build linux

package ws_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
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
		if err := s.close(); err != nil {
			b.Error(name, err)
		}
	}()
	before := s.memory(b)
	many, err := s.connect(name, cell{idleConns, 64, 1})
	if err != nil {
		b.Fatal(err)
	}
	after := s.memory(b)
	if err := many.close(); err != nil {
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

// load measures a server under one load. Go calls the benchmark with a growing number of
// operations; the processes are started once.
func load(b *testing.B, name string, c cell) {
	var s *session
	b.Run(c.String(), func(b *testing.B) {
		if s == nil {
			s = open(b, name, c)
			b.ResetTimer() // they have started
		}
		r := s.measure(b, b.N)
		b.ReportMetric(float64(r.CPU)/float64(r.Messages), "ns/op")
		b.ReportMetric(float64(r.Wall)/float64(r.Messages), "wall-ns/op")
	})
	if s != nil {
		if err := s.close(); err != nil {
			b.Error(name, err)
		}
	}
}

// A session is a server and its client.
type session struct{ server, client *process }

// open starts a server and a client whose connections have been used.
func open(b *testing.B, name string, c cell) *session {
	s := &session{}
	var err error
	if s.server, err = start(self(serverRole, name), serverCPU); err != nil {
		b.Fatal(name, err)
	}
	if s.client, err = s.connect(name, c); err != nil {
		b.Fatal(errors.Join(err, s.server.close()))
	}
	return s
}

// connect starts a client.
func (s *session) connect(name string, c cell) (*process, error) {
	spec, err := json.Marshal(task{Addr: s.server.first, Server: s.server.cmd.Process.Pid, Conns: c.conns, Size: c.size, Deep: c.deep, Deflate: strings.HasSuffix(name, "-deflate")})
	if err != nil {
		return nil, err
	}
	return start(self(clientRole, string(spec)), clientCPU)
}

func (s *session) measure(b *testing.B, n int) (r result) {
	if _, err := fmt.Fprintln(s.client.in, n); err != nil {
		b.Fatal(err)
	}
	line, err := s.client.line()
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		b.Fatal(err)
	}
	return r
}

// memory returns the memory of the server.
func (s *session) memory(b *testing.B) (n int64) {
	if _, err := fmt.Fprintln(s.server.in); err != nil {
		b.Fatal(err)
	}
	line, err := s.server.line()
	if err == nil {
		_, err = fmt.Sscan(line, &n)
	}
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func (s *session) close() error { return errors.Join(s.client.close(), s.server.close()) }
