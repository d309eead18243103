package ioloop

import "fmt"

// Ring says whether a loop lets the kernel carry out what it has begun: io_uring.
type Ring int

const (
	// RingOff is readiness alone: the poller waits, and files run on a pool.
	RingOff Ring = iota
	// RingTry is a ring where the system has one and allows it. [Stats] says so.
	RingTry
	// RingMust makes New fail where there is none.
	RingMust
)

// String returns the name of the constant.
func (r Ring) String() string {
	switch r {
	case RingOff:
		return "RingOff"
	case RingTry:
		return "RingTry"
	case RingMust:
		return "RingMust"
	}
	return fmt.Sprintf("Ring(%d)", int(r))
}

// wake ends the loop's wait, or the next one. Any goroutine may call it.
func (l *Loop) wake() {
	if l.ring != nil {
		l.ring.wake()
	} else {
		l.poller.Wake()
	}
}
