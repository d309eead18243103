//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"syscall"
	"time"
)

// A shock is a fault of the storm over shared memory.
type shock struct {
	name string
	do   func(*sharing, *rand.Rand)
}

// shocks are all of them, the frequent ones more than once.
var shocks = []shock{
	{"killed", kill}, {"killed", kill}, {"killed", kill},
	{"several killed", killSeveral},
	{"killed as it begins", killUnborn},
	{"stopped, then killed", stopAnd(syscall.SIGKILL)},
	{"stopped for a while", stopAnd(syscall.SIGCONT)},
	{"stopped for a while", stopAnd(syscall.SIGCONT)},
	{"exec", tell(toExec)},
	{"exit", tell(toExit)},
	{"memory closed", tell(toClose)},
	{"crash", tell(syscall.SIGSEGV)},
	{"canceled", cancel},
}

// What processes do when they get these signals.
const (
	toExec  = syscall.SIGUSR1
	toExit  = syscall.SIGUSR2
	toClose = syscall.SIGHUP
)

// doom says that something is done to a process now.
func (m *member) doom(fate string) {
	m.life.Doomed.Store(1)
	m.fate.Store(&fate)
	m.struck.Store(time.Now().UnixNano())
}

func (m *member) hit(signal os.Signal) {
	m.doom(signal.String())
	_ = m.process.Signal(signal)
}

func kill(s *sharing, rnd *rand.Rand) {
	for _, m := range s.some(rnd, 1) {
		m.hit(syscall.SIGKILL)
	}
}

// killSeveral kills processes at the same time: also those that put in order what others
// have left.
func killSeveral(s *sharing, rnd *rand.Rand) {
	all := s.some(rnd, 2+rnd.IntN(2))
	for _, m := range all {
		m.doom("killed with others")
	}
	for _, m := range all {
		_ = m.process.Kill()
		for range rnd.IntN(3000) { // a few microseconds
		}
	}
}

// killUnborn kills a process, and the one that takes its place.
func killUnborn(s *sharing, rnd *rand.Rand) {
	s.unborn.Add(1)
	kill(s, rnd)
}

func stopAnd(then syscall.Signal) func(*sharing, *rand.Rand) {
	return func(s *sharing, rnd *rand.Rand) {
		for _, m := range s.some(rnd, 1+rnd.IntN(2)) {
			if then == syscall.SIGKILL {
				m.life.Doomed.Store(1)
			}
			_ = m.process.Signal(syscall.SIGSTOP)
			defer func() {
				if then == syscall.SIGKILL {
					m.doom("stopped, then killed")
				}
				_ = m.process.Signal(then)
			}()
		}
		rest(rnd, 30*time.Millisecond)
	}
}

func tell(signal syscall.Signal) func(*sharing, *rand.Rand) {
	return func(s *sharing, rnd *rand.Rand) {
		for _, m := range s.some(rnd, 1) {
			m.hit(signal)
		}
	}
}

// cancel ends the ctx of a process, which then has 10 ms.
func cancel(s *sharing, rnd *rand.Rand) {
	for _, m := range s.some(rnd, 1) {
		m.doom("canceled")
		m.cancel(errCanceled)
	}
}
