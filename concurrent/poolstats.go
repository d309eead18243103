package concurrent

import "fmt"

// PoolStats are the statistics of a [Pool]: counts since it was made, and its
// current state. Every submitted task is one of Done, Canceled, Rejected, Queued,
// Running and Waiting. A task that its caller runs counts only when it has ended,
// as Done.
type PoolStats struct {
	Name    string `json:"name,omitempty"` // of the pool
	Limit   int    `json:"limit"`          // largest number of workers
	Workers int    `json:"workers"`        // current number of workers
	Idle    int    `json:"idle"`           // workers without a task
	Running int    `json:"running"`        // workers with a task
	Queued  int    `json:"queued"`         // tasks that wait for a worker
	Waiting int    `json:"waiting"`        // callers that wait for room

	Submitted int64 `json:"submitted"`  // tasks given to Submit, Go or a function made by On
	Done      int64 `json:"done"`       // tasks that ran and ended
	Failed    int64 `json:"failed"`     // of these, tasks that ended with an error or a panic
	Canceled  int64 `json:"canceled"`   // tasks canceled before or while they ran
	Rejected  int64 `json:"rejected"`   // tasks that were not taken: no room, or shut down
	CallerRan int64 `json:"caller_ran"` // tasks that ran in their caller because the queue was full
}

// String returns the statistics with their names.
func (s PoolStats) String() string {
	type fields PoolStats
	return fmt.Sprintf("%+v", fields(s))
}

// Stats returns the statistics of the pool. A task counts as running until its
// worker asks for the next one, a moment after its future ended. The cost is one
// short lock. To publish it:
//
//	expvar.Publish("pool", expvar.Func(func() any { return pool.Stats() }))
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Limit, s.Workers = p.max, len(p.workers)
	s.Running, s.Idle = p.busy, len(p.workers)-p.busy
	s.Queued, s.Waiting = p.lanes.queued, p.rooms.Len()
	return s
}

// count counts a task that has run, or was canceled when it was about to.
func (s *PoolStats) count(o outcome) {
	switch o {
	case wasCanceled:
		s.Canceled++
	case hasFailed:
		s.Failed++
		fallthrough
	default:
		s.Done++
	}
}
