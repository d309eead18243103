package concurrent

// PoolStats is what a [Pool] has done so far and is doing now. Every submitted
// task is one of Done, Canceled, Rejected, Queued, Running and Waiting; one
// that its caller runs counts as Done when it has ended, and as none of them
// before.
type PoolStats struct {
	Name    string `json:"name,omitempty"` // the pool's
	Limit   int    `json:"limit"`          // workers that may be
	Workers int    `json:"workers"`        // workers that are
	Idle    int    `json:"idle"`           // of these, without a task
	Running int    `json:"running"`        // of these, with a task
	Queued  int    `json:"queued"`         // tasks that wait for a worker
	Waiting int    `json:"waiting"`        // callers that wait for room

	Submitted int64 `json:"submitted"`  // tasks handed to Submit, Go or a function of On
	Done      int64 `json:"done"`       // tasks that ran to their end
	Failed    int64 `json:"failed"`     // of these, with an error or a panic
	Canceled  int64 `json:"canceled"`   // tasks canceled before or while they ran
	Rejected  int64 `json:"rejected"`   // tasks not taken: no room, or shut down
	CallerRan int64 `json:"caller_ran"` // tasks that ran in the caller for want of room
}

// Stats returns the pool's statistics. A task counts as running until its worker
// has come back, a moment after its future ended. It costs one short lock; for
// expvar: expvar.Publish("pool", expvar.Func(func() any { return p.Stats() })).
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
