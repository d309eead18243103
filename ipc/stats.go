package ipc

import (
	"cmp"
	"slices"
	"time"
)

// PoolStats is what a pool has done so far and is doing now.
type PoolStats struct {
	Workers int // processes that serve, those that are leaving not among them
	Idle    int // of these, without a call
	Spare   int // processes ready to become one of them
	Waiting int // calls that wait for a worker, or behind another call of theirs

	Calls   int64 // calls accepted
	Spawned int64 // workers started
	Died    int64 // workers that ended by themselves or by somebody else's hand
	Killed  int64 // workers killed because a call's ctx had ended
	Retried int64 // times a call was given to another worker after one had gone

	FailedStarts int64 // workers that could not be started
	StartError   error // why the last of these could not
	StopError    error // how the last Finalizer that failed did
}

// Stats returns the pool's statistics. It costs one short lock.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Workers, s.Idle, s.Waiting = len(p.crew), len(p.idle), p.waiting.n
	s.Spare = len(p.spares)
	for w := range p.live {
		s.Waiting += max(w.queue.n-1, 0)
	}
	return s
}

// WorkerInfo describes one worker of a pool.
type WorkerInfo struct {
	Pid     int       // its process id
	Busy    bool      // whether it has a call
	Leaving bool      // whether it gets no more calls
	Func    string    // what it is running, "" when idle
	Calls   int64     // calls it has been given
	Started time.Time // when its process was started
}

// Workers returns the workers that live at this moment, oldest first. They may
// be gone by the time the caller looks.
func (p *Pool) Workers() []WorkerInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]WorkerInfo, 0, len(p.live))
	for w := range p.live {
		info := WorkerInfo{Pid: w.pid, Calls: w.calls, Started: w.born, Leaving: w.away || w.retired}
		if c := w.queue.first; c != nil {
			info.Busy, info.Func = true, c.call.Func
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b WorkerInfo) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Pid, b.Pid))
	})
	return list
}
