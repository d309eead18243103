package poll

import (
	"fmt"
	"strings"
)

// Events is a set of states of a descriptor: those that a program wants to learn of,
// or those that a [Poller] has found.
type Events uint16

const (
	// Readable says that reading does not block. That includes the end of the stream
	// and an error that the next read returns.
	Readable Events = 1 << iota
	// Writable says that writing does not block. That includes an error that the next
	// write returns.
	Writable
	// Priority says that urgent data waits, such as TCP's out-of-band byte.
	Priority
	// PeerClosed says that the other end sends no more. It is reported where it is
	// wanted. Kqueue reports it with Readable only.
	PeerClosed
	// HungUp says that both directions have ended. It is reported without being wanted.
	HungUp
	// Failed says that an error waits for the next call. It is reported without being
	// wanted.
	Failed
	// Edge is only wanted, never reported: a descriptor is reported when its state
	// changes, and not again for as long as it stays ready. [Select] and [Poll] refuse
	// it with errors.ErrUnsupported.
	Edge
	// OneShot is only wanted, never reported: a descriptor is reported once, and again
	// after [Poller.Modify].
	OneShot
)

const (
	modes = Edge | OneShot
	all   = OneShot<<1 - 1
)

var eventNames = [...]string{"Readable", "Writable", "Priority", "PeerClosed", "HungUp", "Failed", "Edge", "OneShot"}

// String returns the names of the events in the order of their declaration, joined
// by "|". It returns "0" for the empty set.
func (e Events) String() string {
	if e == 0 {
		return "0"
	}
	var names []string
	for i, name := range eventNames {
		if e&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if rest := e &^ all; rest != 0 {
		names = append(names, fmt.Sprintf("0x%x", uint16(rest)))
	}
	return strings.Join(names, "|")
}

// check panics if want has a bit that means nothing.
func (e Events) check(method string) {
	if e&^all != 0 {
		panic(fmt.Sprintf("poll: %s wants unknown events: %v", method, e))
	}
}

// ended returns is, with what a hang-up or an error means for calls that were wanted:
// they do not block.
func ended(is, want Events) Events {
	if is&(HungUp|Failed) != 0 {
		is |= want & (Readable | Writable)
	}
	if is&PeerClosed != 0 {
		is |= want & Readable
	}
	return is
}
