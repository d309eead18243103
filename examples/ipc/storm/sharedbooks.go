//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fanfold/fanfold/ipc/shm"
)

// books compares what the objects are with the ledger, when all processes have ended.
func (s *sharing) books() {
	s.alone()
	s.notes()
	s.counts()
	s.queues()
	s.whole()
}

// alone waits for the ends of nested processes, and has what the dead have left put in
// order.
func (s *sharing) alone() {
	for begun := time.Now(); s.Memory.Stats().Processes > 1; time.Sleep(time.Millisecond) {
		if time.Since(begun) > bound {
			s.note(&s.tally.left, "%d processes have the memory", s.Memory.Stats().Processes-1)
			return
		}
	}
}

// notes has what processes have remarked.
func (s *sharing) notes() {
	for i := range min(int(s.page.Notes.Load()), mostNotes) {
		n := &s.Notes.Slice()[i]
		text := string(bytes.TrimRight(n.Text[:], "\x00"))
		switch n.Kind.Load() {
		case noteLost:
			s.tally.lost = append(s.tally.lost, text)
		case noteDoubled:
			s.tally.doubled = append(s.tally.doubled, text)
		case noteLate:
			s.tally.late = append(s.tally.late, text)
		default:
			s.tally.unexplained = append(s.tally.unexplained, text)
		}
	}
}

// counts looks whether all is there that was counted: what is acknowledged for certain,
// what was begun perhaps.
func (s *sharing) counts() {
	var begun, acked [kinds]int64
	for k := range kinds {
		begun[k], acked[k] = s.sum(k)
	}
	var came [parties]int64
	operations, nested := uint64(0), 0
	used := s.used()
	for number := range used {
		l := &used[number]
		for i := range parties {
			came[i] += int64(l.Met[i].Load())
		}
		for i, visits := range l.Visits {
			s.between(fmt.Sprintf("visits of process %d, of lock %d", number, i), int64(visits), int64(l.Acked[locked+i].Load()), int64(l.Begun[locked+i].Load()))
		}
		operations += uint64(l.Operations.Load())
		if l.Parent.Load() != 0 {
			nested++
		}
	}
	s.between("the number", s.Number.Load(), acked[added], begun[added])
	v := s.Pair.Load()
	s.between("the pair", v.A, acked[paired], begun[paired])
	if v.A != v.B {
		s.note(&s.tally.unexplained, "the pair is %v", v)
	}
	s.between("tokens", s.page.Tokens, acked[given]-begun[got], begun[given]-acked[got])
	unsure := begun[met] - acked[met]
	for i := range parties {
		s.between(fmt.Sprintf("meetings of party %d", i), came[i], came[0]-unsure, came[0]+unsure)
	}
	s.tally.middle = fmt.Sprintf("%d operations of %d processes, %d of them nested; %d visits, %d meetings, %d tokens, %d items; %d deaths",
		operations, len(used), nested, acked[locked]+acked[written], came[0], acked[got], s.Taken.Stats().Put+s.Leased.Stats().Put, s.Memory.Stats().Deaths)
}

// between notes it if n is not from low to high.
func (s *sharing) between(what string, n, low, high int64) {
	for range min(low-n, 3) {
		s.note(&s.tally.lost, "%s: %d, want %d to %d", what, n, low, high)
	}
	for range min(n-high, 3) {
		s.note(&s.tally.doubled, "%s: %d, want %d to %d", what, n, low, high)
	}
}

// queues takes what is in the queues, and looks whether each item is accounted for.
func (s *sharing) queues() {
	p := &player{commons: s.commons, page: s.page, number: uint32(len(s.lives) - 1)}
	p.life = &s.lives[p.number]
	ctx, stop := context.WithTimeoutCause(context.Background(), bound, errLate)
	defer stop()
	for s.Taken.Len() > 0 && ctx.Err() == nil {
		p.get(p.last(ctx))
	}
	for s.Leased.Len() > 0 && ctx.Err() == nil {
		p.lease(p.last(ctx))
	}
	err := s.Taken.Join(ctx)
	if _, lost := errors.AsType[*shm.LostError](err); err != nil && !lost {
		s.note(&s.tally.late, "the queue: %v", err)
	}
	if err = s.Leased.Join(ctx); err != nil {
		s.note(&s.tally.lost, "the queue of leases: %v", err)
	}
	for _, q := range []struct {
		name  string
		queue *shm.Queue[parcel]
		state uint32
	}{{"the queue", s.Taken, 0}, {"the queue of leases", s.Leased, leased}} {
		var sure, maybe, done, undone int64
		stats := q.queue.Stats()
		for i := range s.Items.Slice() {
			it := &s.Items.Slice()[i]
			state := it.State.Load()
			if state&putting == 0 || state&leased != q.state {
				continue
			}
			switch {
			case state&put != 0:
				sure++
			case state&refused == 0:
				maybe++
			}
			switch {
			case state&finished != 0:
				done++
			case state&finishing != 0:
				undone++
			case state&put != 0 && q.state == leased:
				s.note(&s.tally.lost, "item %d of %s was put and never done: taken %d times", i, q.name, it.Takes.Load())
			}
		}
		s.between("items in "+q.name, int64(stats.Put), sure, sure+maybe)
		s.between("items of "+q.name+" that were done", int64(stats.Put-stats.Lost), done, done+undone)
		if stats.Len != 0 || stats.Unfinished != 0 || stats.Dropped != 0 {
			s.note(&s.tally.unexplained, "%s: %v", q.name, stats)
		}
	}
}

// last returns a turn for what is done at the end.
func (p *player) last(ctx context.Context) *turn {
	return &turn{rnd: rand.New(rand.NewPCG(0, 0)), ctx: ctx, name: "the end", last: map[uint32]uint32{}}
}

// whole looks whether each object serves as ever.
func (s *sharing) whole() {
	ctx, stop := context.WithTimeoutCause(context.Background(), bound, errLate)
	defer stop()
	must := func(what string, err error) {
		if err != nil && !errors.Is(err, shm.ErrOwnerDied) {
			s.note(&s.tally.lost, "at the end: %s: %v", what, err)
		}
	}
	for _, q := range []*shm.Queue[parcel]{s.Taken, s.Leased} {
		room := 0
		for q.TryPut(wrap(0, 1)) == nil {
			room++
		}
		if room != places {
			s.note(&s.tally.lost, "a queue has room for %d items, want %d", room, places)
		}
		q.Shutdown(true)
		_, err := q.Get(ctx)
		if !errors.Is(err, shm.ErrClosed) {
			s.note(&s.tally.unexplained, "an item of a queue that was shut down: %v", err)
		}
	}
	if who := s.Lock.Holder(); who != 0 {
		s.note(&s.tally.left, "the lock is process %d's", who)
	}
	if n := s.Permits.Value(); n != permits {
		s.note(&s.tally.lost, "%d of %d permits", n, permits)
	} else {
		must("the permits", s.Permits.Acquire(ctx, permits))
		s.Permits.Release(permits)
	}
	must("Lock", s.Lock.LockContext(ctx))
	s.Lock.MarkConsistent()
	short, end := context.WithTimeoutCause(ctx, 5*time.Millisecond, errImpatient)
	if err := s.Changed.Wait(short); !errors.Is(err, errImpatient) {
		s.note(&s.tally.doubled, "a notification that nobody gave: %v", err)
	}
	end()
	go func() {
		s.Lock.Lock()
		s.Changed.Notify(1)
		s.Lock.Unlock()
	}()
	must("Condition", s.Changed.Wait(ctx))
	s.Lock.Unlock()
	must("RWLock", s.RW.LockContext(ctx))
	s.RW.MarkConsistent()
	s.RW.Unlock()
	must("RWLock, for reading", s.RW.RLockContext(ctx))
	s.RW.RUnlock()
	s.Meeting.Reset()
	for range parties - 1 {
		go func() { _, _ = s.Meeting.Wait(ctx) }()
	}
	_, err := s.Meeting.Wait(ctx)
	must("Barrier", err)
	go s.Flag.Set()
	must("Event", s.Flag.Wait(ctx))
}
