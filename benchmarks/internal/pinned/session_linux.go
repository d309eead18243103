package pinned

import (
	"encoding/json"
	"errors"
	"os/exec"
	"testing"
	"time"
)

// A Session is a server and its client.
type Session struct{ Server, Client *Process }

// A Task makes what a client is told of a server: its first line and its number.
type Task func(addr string, pid int) any

// Open starts a server, and this program as its client, with the task as JSON in the
// variable role.
func Open(server *exec.Cmd, role string, t Task) (*Session, error) {
	s := &Session{}
	var err error
	if s.Server, err = Start(server, ServerCPU); err != nil {
		return nil, err
	}
	if s.Client, err = s.Connect(role, t); err != nil {
		return nil, errors.Join(err, s.Server.Close())
	}
	return s, nil
}

// Connect starts another client.
func (s *Session) Connect(role string, t Task) (*Process, error) {
	spec, err := json.Marshal(t(s.Server.First, s.Server.Pid()))
	if err != nil {
		return nil, err
	}
	return Start(Self(role, string(spec)), ClientCPU)
}

// Close ends both.
func (s *Session) Close() error { return errors.Join(s.Client.Close(), s.Server.Close()) }

// A Result is what a server has done for a client: so many operations, in nanoseconds of
// its processor and of the clock.
type Result struct{ Count, CPU, Wall int64 }

// settle is how long a server has to fall asleep: the kernel counts the time of a thread
// when it stops running.
const settle = time.Millisecond

// Measure calls work, which returns how many operations the server of that number has done
// meanwhile.
func Measure(server int, work func() (int64, error)) (r Result, err error) {
	before, err := CPUTime(server)
	if err != nil {
		return r, err
	}
	begin := time.Now()
	if r.Count, err = work(); err != nil {
		return r, err
	}
	r.Wall = time.Since(begin).Nanoseconds()
	time.Sleep(settle)
	after, err := CPUTime(server)
	r.CPU = after - before
	return r, err
}

// Bench is a benchmark that asks a client for b.N operations, and reports what its Result
// says. Go calls it with a growing number of operations; the processes are started once.
func Bench(b *testing.B, name string, open func(*testing.B) *Session, report func(*testing.B, Result)) {
	var s *Session
	b.Run(name, func(b *testing.B) {
		if s == nil {
			s = open(b)
			b.ResetTimer() // they have started
		}
		var r Result
		if err := s.Client.Ask(&r, b.N); err != nil {
			b.Fatal(err)
		}
		report(b, r)
	})
	if s != nil {
		if err := s.Close(); err != nil {
			b.Error(name, err)
		}
	}
}

// ByCPU reports the time of the server's processor as that of an operation.
func ByCPU(b *testing.B, r Result) {
	b.ReportMetric(float64(r.CPU)/float64(r.Count), "ns/op")
	b.ReportMetric(float64(r.Wall)/float64(r.Count), "wall-ns/op")
}
