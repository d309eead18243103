package ipc

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ipc/internal/child"
)

// A journal hands records on to the user's handler, from a goroutine of its own: a
// handler may be slow, block, panic, or ask the pool something, and the pool goes on.
// What the handler is too far behind with is dropped, and counted.
type journal struct {
	handler slog.Handler
	records chan slog.Record
	ended   chan struct{}

	// Guarded by the pool's mu.
	over    bool
	dropped int // records, since the last that was not
}

// maxRecords is how many records may wait for the handler.
const maxRecords = 256

// newJournal returns the journal of a pool; nil, if there is no logger.
func newJournal(l *slog.Logger) *journal {
	if l == nil {
		return nil
	}
	j := &journal{handler: l.Handler(), records: make(chan slog.Record, maxRecords), ended: make(chan struct{})}
	go j.run()
	return j
}

func (j *journal) run() {
	for r := range j.records {
		err := panics.Try(func() { j.handle(r) }, func(error) { go j.run() }) // a handler may end the goroutine
		if err != nil {
			fmt.Fprintf(os.Stderr, "ipc: PoolOptions.Logger: %v\n", err)
		}
	}
	close(j.ended)
}

func (j *journal) handle(r slog.Record) {
	if ctx := context.Background(); j.handler.Enabled(ctx, r.Level) {
		_ = j.handler.Handle(ctx, r) // as slog itself does
	}
}

// log takes a record. It runs no code of the user's. The pool's mu is held.
func (j *journal) log(level slog.Level, message string, attrs ...slog.Attr) {
	if j == nil || j.over {
		return
	}
	r := slog.NewRecord(time.Now(), level, message, 0)
	r.AddAttrs(attrs...)
	if j.dropped > 0 {
		r.AddAttrs(slog.Int("dropped", j.dropped))
	}
	select {
	case j.records <- r:
		j.dropped = 0
	default:
		j.dropped++
	}
}

// close ends the journal. The pool's mu is held.
func (j *journal) close() {
	if j == nil || j.over {
		return
	}
	j.over = true
	close(j.records)
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

// logStart records that w is ready. p.mu is held.
func (p *Pool) logStart(w *worker) {
	p.journal.log(slog.LevelDebug, "ipc: worker started", slog.Int("pid", w.Pid), slog.Duration("took", time.Since(w.Born)))
}

// logNoStart records that a worker could not be started. p.mu is held.
func (p *Pool) logNoStart(err error) {
	if p.killed { // it was not to be
		return
	}
	p.journal.log(slog.LevelError, "ipc: worker not started", slog.Any("error", err))
}

// logFinalizer records that the last call of w has failed. p.mu is held.
func (p *Pool) logFinalizer(w *worker, err error) {
	p.journal.log(slog.LevelWarn, "ipc: finalizer failed",
		slog.Int("pid", w.Pid), slog.String("func", p.options.Finalizer.Func), slog.Any("error", err))
}

// logEnd records that w is gone. p.mu is held.
func (p *Pool) logEnd(w *worker) {
	if p.journal == nil {
		return
	}
	var name string
	if w.queue.first != nil {
		name = w.queue.first.call.Func
	}
	e := w.obituary(name, nil)
	level, message, reason, signal := slog.LevelWarn, "ipc: worker died", "exited", ""
	if e.Signal != 0 {
		reason, signal = "signal", e.Signal.String()
	}
	switch {
	case p.killed:
		level, message, reason = slog.LevelDebug, "ipc: worker left", "terminated"
	case w.dismissed.Load():
		level, message, reason = slog.LevelDebug, "ipc: worker left", w.parting
	case w.overdue.Load():
		level, message, reason = slog.LevelInfo, "ipc: worker killed", "ctx"
	case w.nonsense.Load():
		reason = "protocol"
	case e.OutOfMemory:
		reason = "memory"
	case len(e.Crash) > 0:
		reason = "crash"
	}
	p.journal.log(level, message,
		slog.Int("pid", w.Pid), slog.String("func", name), slog.Int("exit_code", e.ExitCode), slog.String("signal", signal),
		slog.String("reason", reason), slog.Duration("age", time.Since(w.Born)), slog.Int64("calls", w.calls))
}
