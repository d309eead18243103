//go:build unix && !aix

// Package ack is the server of the programs select, poll and epoll, which differ in how they
// wait. It answers every chunk that it receives with ACK. One goroutine serves all
// clients: it waits for the listening socket and for them in one [poll.Poller].
package ack

import (
	"context"
	"fmt"
	"log"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// grace is how long clients that go on sending are served after the end of ctx.
const grace = time.Second

// A server is a listening socket and its clients.
type server struct {
	poller   *poll.Poller
	trigger  poll.Events // poll.Edge or nothing
	listener int         // a descriptor, like those of the clients
	door     poll.Token  // of the listener
	full     bool        // no descriptor is left for another client
	clients  map[poll.Token]*client
}

// Serve serves clients until ctx ends, and answers what they have sent by then. It closes
// the listener. The trigger is [poll.Edge] or 0, which is level.
func Serve(ctx context.Context, listener *net.TCPListener, backend poll.Backend, trigger poll.Events) error {
	defer listener.Close()
	poller, err := poll.New(poll.Options{Backend: backend})
	if err != nil {
		return err
	}
	defer poller.Close()
	s := &server{poller: poller, trigger: trigger, clients: map[poll.Token]*client{}}
	defer s.close()
	if err := s.open(listener); err != nil {
		return err
	}
	for {
		events, err := poller.Wait(ctx)
		switch {
		case ctx.Err() != nil && err != nil:
			return s.drain()
		case err != nil:
			return err
		}
		for event := range events {
			s.ready(event.Token)
		}
	}
}

// open waits for the listener's descriptor, which package net has made non-blocking. It is
// level-triggered: clients that were not accepted are reported again.
func (s *server) open(listener *net.TCPListener) error {
	raw, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		s.listener = int(fd) // for as long as the listener is open
		s.door, failed = s.poller.Add(s.listener, poll.Readable)
	})
	if err != nil {
		return err
	}
	return failed
}

// ready serves what has been found to be ready.
func (s *server) ready(t poll.Token) {
	if t == s.door {
		s.accept()
	} else if c := s.clients[t]; c != nil && !s.serve(c) {
		s.drop(c)
	}
}

// accept accepts a client. Readiness is a hint: it may have gone away again.
func (s *server) accept() {
	fd, _, err := unix.Accept(s.listener)
	switch err {
	case nil:
	case unix.EMFILE, unix.ENFILE: // which would be reported again and again
		log.Printf("no more than %d clients: %v", len(s.clients), err)
		s.full = s.poller.Modify(s.door, 0) == nil
		return
	default: // EAGAIN, or a client that is gone
		return
	}
	unix.CloseOnExec(fd)
	if err := s.admit(fd); err != nil {
		log.Printf("a client is refused: %v", err)
		unix.Close(fd)
	}
}

// admit makes a client of a connection.
func (s *server) admit(fd int) error {
	if err := unix.SetNonblock(fd, true); err != nil {
		return fmt.Errorf("a descriptor that blocks: %w", err)
	}
	c := &client{fd: fd, want: poll.Readable}
	var err error
	if c.token, err = s.poller.Add(fd, c.want|s.trigger); err != nil {
		return err // with select, a descriptor of 1024 or more
	}
	s.clients[c.token] = c
	return nil
}

// serve serves a client that is ready, and reports whether it goes on. Level-triggered,
// what is left is reported again. Edge-triggered, it is not, so that the client is served
// until that would block; after some steps it is another one's turn.
func (s *server) serve(c *client) bool {
	steps := 1
	if s.trigger == poll.Edge {
		steps = 16
	}
	want, err := c.step()
	for i := 1; i < steps && err == nil; i++ {
		want, err = c.step()
	}
	if err != nil && err != unix.EAGAIN {
		return false
	}
	if want != c.want || s.trigger == poll.Edge && err == nil { // Modify reports it once more
		c.want = want
		return s.poller.Modify(c.token, want|s.trigger) == nil
	}
	return true
}

// drop ends a client.
func (s *server) drop(c *client) {
	delete(s.clients, c.token)
	s.poller.Remove(c.token) // before its number is another one's
	unix.Close(c.fd)
	if s.full {
		s.full = s.poller.Modify(s.door, poll.Readable) != nil
	}
}

// drain answers what has come, and accepts no more.
func (s *server) drain() error {
	s.poller.Remove(s.door)
	for end := time.Now().Add(grace); time.Now().Before(end); {
		events, err := s.poller.TryWait()
		if err != nil {
			return err
		}
		none := true
		for event := range events {
			none = false
			s.ready(event.Token)
		}
		if none {
			break
		}
	}
	return nil
}

func (s *server) close() {
	for _, c := range s.clients {
		s.drop(c)
	}
}
