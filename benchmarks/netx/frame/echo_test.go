//go:build linux

package frame_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"testing"
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
		return self(serverRole, name)
	}
	if _, err := exec.LookPath("python3"); err != nil {
		b.Skip("no python3 on this machine")
	}
	return exec.Command("python3", "testdata/asyncio_server.py")
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
	if s.server, err = start(command(b, name), serverCPU); err != nil {
		b.Fatal(name, err)
	}
	spec, err := json.Marshal(task{s.server.first, s.server.cmd.Process.Pid, c.conns, c.size, c.deep})
	if err == nil {
		s.client, err = start(self(clientRole, string(spec)), clientCPU)
	}
	if err != nil {
		b.Fatal(errors.Join(err, s.server.close()))
	}
	return s
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

func (s *session) close() error {
	return errors.Join(s.client.close(), s.server.close())
}
