//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// load makes calls that nothing is wrong with, one after another, until the storm is
// over.
func (r *run) load(rnd *rand.Rand, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
		}
		if int64(r.ledger.next.Load()) > pace*(r.faults.Load()+16) { // faults are rare enough
			time.Sleep(time.Millisecond)
			continue
		}
		one := func() error { return r.call(r.pool, r.innocent(rnd)) }
		if rnd.IntN(16) == 0 {
			one = func() error { return r.chunk(rnd) }
		}
		if err := one(); errors.Is(err, ipc.ErrStart) || errors.Is(err, syscall.EMFILE) {
			time.Sleep(time.Millisecond)
		}
	}
}

// chunk makes several calls that travel together, and end together.
func (r *run) chunk(rnd *rand.Rand) error {
	jobs := []*job{r.innocent(rnd)}
	for range 1 + rnd.IntN(4) {
		j := r.innocent(rnd)
		j.function, j.follows = jobs[0].function, true
		jobs = append(jobs, j)
	}
	var orders []order
	sent, answered := 0, 0
	for _, j := range jobs {
		// Together they are one message, which is not to be too large.
		if sent += len(j.order.Payload); sent > maxMessage/2 {
			sent, j.order.Payload = sent-len(j.order.Payload), nil
		}
		if answered += j.order.Answer; answered > maxMessage/2 {
			answered, j.order.Answer = answered-j.order.Answer, 0
		}
		j.limit = patience
		r.ledger.begin(j)
		orders = append(orders, j.order)
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	begun := time.Now()
	got, err := jobs[0].function.OnChunks(r.pool)(ctx, orders)
	if err == nil && len(got) != len(jobs) {
		r.ledger.note("a chunk of %d calls had %d answers", len(jobs), len(got))
	}
	for i, j := range jobs {
		var a answer
		if i < len(got) {
			a = got[i]
		}
		r.ledger.end(j, begun, r.ledger.short(begun), a, err)
	}
	return err
}

// innocent returns a call that nothing is wrong with.
func (r *run) innocent(rnd *rand.Rand) *job {
	j := &job{function: once}
	if rnd.IntN(2) == 0 {
		j.function = again
	}
	j.order = order{
		Trap:    trap{Number: r.ledger.number()},
		Spin:    time.Duration(rnd.IntN(20)*rnd.IntN(20)) * time.Microsecond, // some are quick, and wait behind others
		Payload: make([]byte, size(rnd)),
		Answer:  size(rnd),
	}
	if rnd.IntN(12) == 0 {
		j.order.File = r.file
	}
	return j
}

// size returns how large a payload is to be: as a rule one that fits into a slot of
// shared memory, sometimes one that does not fit into a pipe.
func size(rnd *rand.Rand) int {
	switch rnd.IntN(50) {
	case 0:
		return 300_000
	case 1, 2, 3:
		return 20_000
	}
	return rnd.IntN(200)
}
