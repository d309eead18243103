//go:build linux

package httpx_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
	"github.com/fanfold/fanfold/netx/httpx"
)

var impls = []string{"fanfold", "net-http", "net-http-times"}

// BenchmarkServe measures servers under 16 connections that ask again and again.
func BenchmarkServe(b *testing.B) {
	for _, name := range impls {
		var s *server
		b.Run("impl="+name, func(b *testing.B) {
			if s == nil {
				s = open(b, name)
				s.ask(b, 1000)
				b.ResetTimer() // it has started
			}
			before := s.time(b)
			n := s.ask(b, b.N)
			time.Sleep(time.Millisecond) // the kernel counts the time of a thread when it stops
			b.ReportMetric(float64(s.time(b)-before)/float64(n), "ns/op")
		})
		if s != nil {
			s.close(b)
		}
	}
}

// A server is a process, with connections to it.
type server struct {
	process *pinned.Process
	conns   []net.Conn
}

func open(b *testing.B, name string) *server {
	p, err := pinned.Start(pinned.Self(serverRole, name), pinned.ServerCPU)
	if err != nil {
		b.Fatal(err)
	}
	s := &server{process: p}
	for range 16 {
		c, err := net.Dial("tcp4", p.First)
		if err != nil {
			b.Fatal(err)
		}
		s.conns = append(s.conns, c)
	}
	return s
}

func (s *server) close(b *testing.B) {
	for _, c := range s.conns {
		c.Close()
	}
	if err := s.process.Close(); err != nil {
		b.Error(err)
	}
}

func (s *server) time(b *testing.B) int64 {
	n, err := pinned.CPUTime(s.process.Pid())
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// ask sends at least n requests, and returns how many.
func (s *server) ask(b *testing.B, n int) int {
	rounds := max(1, n/len(s.conns))
	var all sync.WaitGroup
	for _, c := range s.conns {
		all.Go(func() {
			if err := repeat(c, rounds); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return rounds * len(s.conns)
}

func repeat(c net.Conn, n int) error {
	request := []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	in := bufio.NewReader(c)
	for range n {
		if _, err := c.Write(request); err != nil {
			return err
		}
		if err := answer(in); err != nil {
			return err
		}
	}
	return nil
}

// answer reads an answer.
func answer(in *bufio.Reader) error {
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		const name = "Content-Length: "
		switch {
		case len(line) == 2:
			_, err := in.Discard(length)
			return err
		case len(line) > len(name) && string(line[:len(name)]) == name:
			if length, err = strconv.Atoi(string(line[len(name) : len(line)-2])); err != nil {
				return err
			}
		}
	}
}

// BenchmarkGet measures clients that get a small page, one after the other.
func BenchmarkGet(b *testing.B) {
	p, err := pinned.Start(pinned.Self(serverRole, "net-http"), pinned.ServerCPU)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	}()
	url := "http://" + p.First + "/"
	b.Run("impl=fanfold", func(b *testing.B) {
		var s httpx.Session
		defer s.Close()
		for b.Loop() {
			if _, err := httpx.Bytes(s.Get(b.Context(), url)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("impl=net-http", func(b *testing.B) {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
			if err != nil {
				b.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				b.Fatal(err)
			}
			resp.Body.Close()
		}
	})
}
