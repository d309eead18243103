//go:build linux

package echo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
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
	all(b, cells, "C-epoll", "fanfold", "fanfold-ring", "net", "gnet", "netpoll", "nbio", "evio", "gaio", "asyncio")
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
		b.ReportMetric(float64(r.CPU)/float64(r.Requests), "ns/op")
		b.ReportMetric(float64(r.Wall)/float64(r.Requests), "wall-ns/op")
	})
	if s != nil {
		if err := s.close(); err != nil {
			b.Error(name, err)
		}
	}
}

// A session is a server and its client.
type session struct{ server, client *process }

// open starts a server and a client whose connections have been used. It skips b if the
// server cannot run here.
func open(b *testing.B, name string, c cell) *session {
	cmd, err := command(name)
	if err != nil {
		b.Skip(err)
	}
	s := &session{}
	if s.server, err = start(cmd, serverCPU); err != nil {
		b.Fatal(name, err)
	}
	if s.client, err = s.connect(c); err != nil {
		b.Fatal(errors.Join(err, s.server.close()))
	}
	return s
}

// connect starts a client.
func (s *session) connect(c cell) (*process, error) {
	spec, err := json.Marshal(task{s.server.first, s.server.cmd.Process.Pid, c.conns, c.size, c.deep})
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

func (s *session) close() error { return errors.Join(s.client.close(), s.server.close()) }
