package ipc

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// A journal hands records on to the user's handler, from a goroutine of its own: a
// handler may be slow, block, panic, or ask the pool something, and the pool goes on.
// What the handler is too far behind with is dropped, and counted.
type journal struct {
	handler slog.Handler
	records chan journalRecord
	ended   chan struct{}
	untold  int // records that were dropped; of the goroutine that runs

	mu      sync.Mutex
	over    bool
	dropped int // records, since the last that was not
}

type journalRecord struct {
	slog.Record
	dropped int // before it
}

// maxRecords is how many records may wait for the handler.
const maxRecords = 256

// newJournal returns the journal of a pool; nil, if there is no logger.
func newJournal(l *slog.Logger) *journal {
	if l == nil {
		return nil
	}
	j := &journal{handler: l.Handler(), records: make(chan journalRecord, maxRecords), ended: make(chan struct{})}
	go j.run()
	return j
}

func (j *journal) run() {
	for r := range j.records {
		caught := panics.Try(func() { j.handle(r) }, func(*panics.Caught) { go j.run() }) // a handler may end the goroutine
		if caught != nil {
			fmt.Fprintf(os.Stderr, "ipc: PoolOptions.Logger: %v\n", caught.Err())
		}
	}
	close(j.ended)
}

func (j *journal) handle(r journalRecord) {
	j.untold += r.dropped
	ctx := context.Background()
	if !j.handler.Enabled(ctx, r.Level) {
		return // the next one tells
	}
	if j.untold > 0 {
		r.AddAttrs(slog.Int("dropped", j.untold))
		j.untold = 0
	}
	_ = j.handler.Handle(ctx, r.Record) // as slog itself does
}

// log takes a record. It does not block, and runs no code of the user's.
func (j *journal) log(level slog.Level, message string, attrs ...slog.Attr) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.over {
		return
	}
	r := slog.NewRecord(time.Now(), level, message, 0)
	r.AddAttrs(attrs...)
	select {
	case j.records <- journalRecord{r, j.dropped}:
		j.dropped = 0
	default:
		j.dropped++
	}
}

// close ends the journal.
func (j *journal) close() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.over {
		j.over = true
		close(j.records)
	}
}

// wait waits for a handler that goes on, but not for one that does not.
func (j *journal) wait() {
	if j == nil {
		return
	}
	select {
	case <-j.ended:
	case <-time.After(child.Patience):
	}
}

// tell records what the scheduler tells of a worker. The scheduler's lock is held.
func (p *Pool) tell(news sched.News, s *seat, err error) {
	if p.journal == nil {
		return
	}
	switch news {
	case sched.Began:
		w := workerOf(s)
		p.journal.log(slog.LevelDebug, "ipc: worker started", slog.Int("pid", w.Pid), slog.Duration("took", time.Since(w.Born)))
	case sched.NotBegun:
		p.journal.log(slog.LevelError, "ipc: worker not started", slog.Any("error", err))
	case sched.Ended:
		p.logEnd(workerOf(s))
	}
}

// logFinalizer records that the last call of w has failed.
func (p *Pool) logFinalizer(w *worker, err error) {
	p.journal.log(slog.LevelWarn, "ipc: finalizer failed",
		slog.Int("pid", w.Pid), slog.String("func", p.options.Finalizer.Func), slog.Any("error", err))
}

// logEnd records that w is gone. The scheduler's lock is held.
func (p *Pool) logEnd(w *worker) {
	var name string
	if call, _ := w.seat.First(); call != nil {
		name = call.Request.Name
	}
	e := w.obituary(name, nil)
	var signal string
	if e.Signal != 0 {
		signal = e.Signal.String()
	}
	level, message, reason := slog.LevelDebug, "ipc: worker left", w.seat.Why().String()
	switch {
	case w.End().GivenUp:
		level, message, reason = slog.LevelWarn, "ipc: worker died", "unkillable"
	case w.seat.Why() == sched.Unasked:
		level, message, reason = slog.LevelWarn, "ipc: worker died", reasonOf(e)
	case w.seat.Why() == sched.Protocol:
		level, message = slog.LevelWarn, "ipc: worker died"
	case w.seat.Why() == sched.Ctx:
		level, message = slog.LevelInfo, "ipc: worker killed"
	}
	p.journal.log(level, message,
		slog.Int("pid", w.Pid), slog.String("func", name), slog.Int("exit_code", e.ExitCode), slog.String("signal", signal),
		slog.String("reason", reason), slog.Duration("age", time.Since(w.Born)), slog.Int64("calls", w.seat.Calls()))
}

// reasonOf returns why a worker has died, in a word.
func reasonOf(e *ProcessDiedError) string {
	switch {
	case e.OutOfMemory:
		return "memory"
	case len(e.Crash) > 0:
		return "crash"
	case e.Signal != 0:
		return "signal"
	}
	return "exited"
}
