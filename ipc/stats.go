package ipc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// PoolStats describe what a pool has done and what it is doing. In JSON an error is
// its text.
type PoolStats struct {
	Workers int `json:"workers"` // processes that serve, those that are leaving not among them
	Idle    int `json:"idle"`    // of these, without a call
	Spare   int `json:"spare"`   // processes ready to become one of them
	Waiting int `json:"waiting"` // calls that have not begun to run: they wait for a worker, or at one behind its running call

	Calls   int64 `json:"calls"`   // calls accepted
	Spawned int64 `json:"spawned"` // workers started
	Died    int64 `json:"died"`    // workers that ended and were neither let go nor killed by the pool
	Killed  int64 `json:"killed"`  // workers killed because a call's ctx had ended
	Retried int64 `json:"retried"` // times a call was given to another worker after one had gone

	FailedStarts int64 `json:"failed_starts"`         // workers that could not be started
	StartError   error `json:"start_error,omitempty"` // why the last of these could not
	StopError    error `json:"stop_error,omitempty"`  // how the last Finalizer that failed did
}

// MarshalJSON returns the statistics as JSON, with the texts of the errors.
func (s PoolStats) MarshalJSON() ([]byte, error) {
	type fields PoolStats // without this method
	texts := struct {
		fields
		StartError string `json:"start_error,omitempty"`
		StopError  string `json:"stop_error,omitempty"`
	}{fields: fields(s)}
	if s.StartError != nil {
		texts.StartError = s.StartError.Error()
	}
	if s.StopError != nil {
		texts.StopError = s.StopError.Error()
	}
	return json.Marshal(texts)
}

// String returns the statistics with their names.
func (s PoolStats) String() string {
	type fields PoolStats
	return fmt.Sprintf("%+v", fields(s))
}

// Stats returns the statistics of the pool. It costs one short lock.
func (p *Pool) Stats() PoolStats {
	p.mustBeMade()
	s := p.sched.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	return PoolStats{
		Workers: s.Workers, Idle: s.Idle, Spare: s.Spare, Waiting: s.Waiting,
		Calls: s.Calls, Spawned: s.Spawned, Died: s.Died, Killed: s.Killed, Retried: s.Retried,
		FailedStarts: s.FailedStarts, StartError: s.StartError, StopError: p.stopError,
	}
}

// WorkerInfo describes one worker of a pool.
type WorkerInfo struct {
	Pid     int         `json:"pid"`     // its process id
	State   WorkerState `json:"state"`   // what it is doing
	Func    string      `json:"func"`    // the function it is running, "" if none
	Since   time.Time   `json:"since"`   // when its turn to run came; zero if it is running none
	Calls   int64       `json:"calls"`   // calls it has been given
	Started time.Time   `json:"started"` // when its process was started

	// Memory is the resident memory of the process now, in bytes, without that of
	// processes that it has started. It is 0 on systems other than Linux.
	Memory int64 `json:"memory"`

	// CPU is the processor time that the process has used, to 10 ms. It is 0 on
	// systems other than Linux.
	CPU time.Duration `json:"cpu_ns"`
}

// String returns what is known of the worker, with names.
func (w WorkerInfo) String() string {
	type fields WorkerInfo
	return fmt.Sprintf("%+v", fields(w))
}

// WorkerState tells what a worker is doing.
type WorkerState int

// The states of a worker. One that is starting may be running the pool's Initializer,
// one that is leaving its last call or the Finalizer: then it has a Func, too.
const (
	WorkerStarting WorkerState = iota // not ready yet
	WorkerIdle                        // without a call
	WorkerBusy                        // running one
	WorkerLeaving                     // it gets no more calls
	WorkerSpare                       // ready to take another one's place
)

var workerStates = [...]string{"starting", "idle", "busy", "leaving", "spare"}

// String returns "starting", "idle", "busy", "leaving" or "spare".
func (s WorkerState) String() string {
	if s < 0 || s > WorkerSpare {
		return fmt.Sprintf("WorkerState(%d)", int(s))
	}
	return workerStates[s]
}

// MarshalText returns what String does.
func (s WorkerState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets s to the state with this name. The error names a text that is none.
func (s *WorkerState) UnmarshalText(text []byte) error {
	i := slices.Index(workerStates[:], string(text))
	if i < 0 {
		return fmt.Errorf("ipc: no state of a worker is called %q", text)
	}
	*s = WorkerState(i)
	return nil
}

// Workers returns the workers that exist now, the oldest first, also those that are
// starting or leaving. They may have ended when the caller looks at the list. It costs
// one short lock and, on Linux, reading one file of /proc for each worker, some 10 µs.
func (p *Pool) Workers() []WorkerInfo {
	p.mustBeMade()
	workers, list := p.look()
	for i, w := range workers {
		list[i].Memory, list[i].CPU = w.Usage()
	}
	slices.SortFunc(list, func(a, b WorkerInfo) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Pid, b.Pid))
	})
	return list
}

// look returns the workers that live and what the pool knows of each.
func (p *Pool) look() (workers []*worker, list []WorkerInfo) {
	p.sched.Each(func(s *seat) {
		w := workerOf(s)
		info := WorkerInfo{Pid: w.Pid, State: WorkerIdle, Calls: s.Calls(), Started: w.Born}
		if call, since := s.First(); call != nil {
			info.State, info.Func, info.Since = WorkerBusy, call.Request.Name, since
		}
		switch s.Phase() {
		case sched.Starting:
			info.State = WorkerStarting
		case sched.Spare:
			info.State = WorkerSpare
		case sched.Retiring, sched.Leaving:
			info.State = WorkerLeaving
		}
		workers, list = append(workers, w), append(list, info)
	})
	return workers, list
}
