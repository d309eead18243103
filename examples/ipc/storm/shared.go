//go:build linux

package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// A sharing is a storm over shared memory: processes work at one object of each kind, as
// many as there are berths, while others are killed.
type sharing struct {
	options
	commons
	page  *page
	lives []life

	over   context.Context // ends some time after the storm
	faults atomic.Int64
	// Processes that are to be killed as soon as they have begun.
	unborn atomic.Int32

	mu      sync.Mutex
	members []*member
	tally   tally
}

// A member is a process of a berth.
type member struct {
	process *ipc.Process[[]string]
	life    *life
	cancel  context.CancelCauseFunc
	fate    atomic.Pointer[string] // what it was doomed to, once it was
	struck  atomic.Int64           // when, in nanoseconds since 1970
}

// storming injects n faults into processes that share memory.
func storming(ctx context.Context, o options) tally {
	begun := time.Now()
	c, err := newCommons(o)
	if err != nil {
		log.Fatal(err)
	}
	s := &sharing{options: o, commons: c, page: &c.Page.Slice()[0], lives: c.Lives.Slice()}
	s.tally.faults = map[string]int{}
	over, end := context.WithCancelCause(context.Background())
	defer end(nil)
	s.over = over
	s.page.Allowed.Store(pace * 16)

	var berths, saboteurs sync.WaitGroup
	for i := range o.workers {
		berths.Go(func() { s.berth(rand.New(rand.NewPCG(o.seed, uint64(i)))) })
	}
	plan := make(chan shock)
	for i := range 3 {
		rnd := rand.New(rand.NewPCG(o.seed, uint64(100+i)))
		saboteurs.Go(func() {
			for f := range plan {
				s.strike(f, rnd)
			}
		})
	}
	rnd := rand.New(rand.NewPCG(o.seed, 1000))
	for range o.faults {
		select {
		case plan <- shocks[rnd.IntN(len(shocks))]:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(plan)
	saboteurs.Wait()
	s.page.Over.Store(1)
	time.AfterFunc(patience, func() { end(errLate) })
	berths.Wait()

	if forge := forgeries[o.broken]; forge != nil {
		forge(&s.commons)
	}
	s.books()
	s.tally.took = time.Since(begun)
	_ = s.Memory.Close()
	_ = s.Ledger.Close()
	log.Printf("shared memory: %s", s.tally.kinds())
	return s.tally
}

// strike injects one fault.
func (s *sharing) strike(f shock, rnd *rand.Rand) {
	rest(rnd, 5*time.Millisecond)
	f.do(s, rnd)
	s.page.Allowed.Store(uint32(pace * (16 + s.faults.Add(1))))
	s.mu.Lock()
	s.tally.faults[f.name]++
	s.mu.Unlock()
	if s.verbose {
		log.Print(f.name)
	}
}

// rest sleeps for some time, most at the longest.
func rest(rnd *rand.Rand, most time.Duration) { time.Sleep(time.Duration(rnd.Int64N(int64(most)))) }

// berth has a process work, and another one when it has died.
func (s *sharing) berth(rnd *rand.Rand) {
	for s.page.Over.Load() == 0 {
		number, ok := s.number()
		if !ok {
			s.note(&s.tally.unexplained, "more than %d processes", len(s.lives))
			return
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		b := berth{Commons: s.commons, Number: number, Seed: rnd.Uint64(), Nest: rnd.IntN(6) == 0}
		p, err := ipc.Start(ctx, share, b, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: quiet{}}})
		if err != nil {
			s.note(&s.tally.unexplained, "process %d: %v", number, err)
			cancel(nil)
			return
		}
		m := &member{process: p, life: &s.lives[number], cancel: cancel}
		s.enter(m)
		if s.unborn.Add(-1) >= 0 {
			rest(rnd, 2*time.Millisecond)
			m.doom("killed as it begins")
			_ = p.Kill()
		} else {
			s.unborn.Add(1)
		}
		left, err := m.outlast(s.over)
		s.leave(m)
		s.end(m, number, left, err)
		cancel(nil)
	}
}

// outlast waits for the end of a process, and kills it if it has not ended within the
// bound of what it was doomed to.
func (m *member) outlast(over context.Context) (left []string, err error) {
	for {
		ctx, stop := context.WithTimeoutCause(over, time.Second, errImpatient)
		left, err = m.process.Result(ctx)
		stop()
		if err != errImpatient {
			return left, err
		}
		if at := m.struck.Load(); at != 0 && time.Since(time.Unix(0, at)) > bound {
			return nil, errLate
		}
	}
}

// end judges the end of a process.
func (s *sharing) end(m *member, number uint32, left []string, err error) {
	fate := m.fate.Load()
	switch {
	case err == errLate && fate != nil:
		s.note(&s.tally.late, "process %d went on after: %s", number, *fate)
		_ = m.process.Kill()
		return
	case err == errLate:
		s.note(&s.tally.late, "process %d went on after the storm", number)
		_ = m.process.Kill()
		return
	}
	if err != nil && m.life.Doomed.Load() == 0 {
		s.note(&s.tally.unexplained, "process %d: %v", number, err)
	}
	for _, what := range left {
		s.note(&s.tally.left, "in process %d: %s", number, what)
	}
}

func (s *sharing) note(list *[]string, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, fmt.Sprintf(format, args...))
}

func (s *sharing) enter(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = append(s.members, m)
}

func (s *sharing) leave(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.members {
		if s.members[i] == m {
			s.members = append(s.members[:i], s.members[i+1:]...)
			return
		}
	}
}

// some returns up to n processes to which nothing was done. It waits for one that has
// worked for a while.
func (s *sharing) some(rnd *rand.Rand, n int) (all []*member) {
	least := uint32(1 + rnd.IntN(200)) // operations: by then it obeys signals
	for begun := time.Now(); len(all) == 0; time.Sleep(time.Millisecond) {
		if time.Since(begun) > patience {
			s.note(&s.tally.late, "no process has done %d operations in %v", least, patience)
			return nil
		}
		s.mu.Lock()
		for _, m := range s.members {
			if m.life.Doomed.Load() == 0 && m.life.Operations.Load() >= least {
				all = append(all, m)
			}
		}
		s.mu.Unlock()
	}
	rnd.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:min(n, len(all))]
}

// remains returns what closed memories have left in this process.
func remains() (left []string) {
	for range 3 { // what is not reachable any more is unmapped
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "/memfd:fanfold ") || strings.Contains(line, "/dev/shm/") {
			left = append(left, "mapping: "+strings.TrimSpace(line))
		}
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if watched(t.Name()) {
			left = append(left, "thread "+t.Name()+" has a list of lives")
		}
	}
	return left
}
