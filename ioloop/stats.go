package ioloop

import (
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Stats are counts of a loop since it was made, and what it has now. It has JSON names.
type Stats struct {
	Backend poll.Backend  `json:"backend"` // how the loop waits
	Ring    bool          `json:"ring"`    // the kernel carries out what was begun: Options.Ring
	Turns   int64         `json:"turns"`   // that the loop has taken
	Events  int64         `json:"events"`  // of descriptors
	Posted  int64         `json:"posted"`  // functions that were taken from the queue
	Timers  int           `json:"timers"`  // that are to come
	Watches int           `json:"watches"` // including those of signals and children
	Conns   int           `json:"conns"`   // open connections
	Slowest time.Duration `json:"slowest"` // the longest callback; 0 unless Options.Slow is set
}

// Stats returns the counts. Any goroutine may call it, at any time, also after Close. The
// counts of a turn that is under way may be missing. It does not block.
func (l *Loop) Stats() Stats {
	return Stats{
		Backend: l.poller.Backend(),
		Ring:    l.ring != nil,
		Turns:   l.stats.turns.Load(),
		Events:  l.stats.events.Load(),
		Posted:  l.stats.posted.Load(),
		Timers:  int(l.stats.timers.Load()),
		Watches: int(l.stats.watches.Load()),
		Conns:   int(l.stats.conns.Load()),
		Slowest: time.Duration(l.stats.slowest.Load()),
	}
}

type counters struct {
	turns, events, posted, timers, watches, conns, slowest atomic.Int64
}
