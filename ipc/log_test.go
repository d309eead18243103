package ipc

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A moodyHandler does to each record what its message asks for.
type moodyHandler struct {
	slog.Handler
	release chan struct{}
}

func (h moodyHandler) Handle(ctx context.Context, r slog.Record) error {
	switch r.Message {
	case "block":
		<-h.release
	case "panic":
		panic("no more paper")
	case "goexit":
		runtime.Goexit()
	}
	return h.Handler.Handle(ctx, r)
}

func newMoody(level slog.Level) (*bytes.Buffer, moodyHandler, *journal) {
	var out bytes.Buffer
	plain := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	h := moodyHandler{plain.WithAttrs([]slog.Attr{slog.Int("pool", 1)}), make(chan struct{})}
	return &out, h, newJournal(slog.New(h))
}

func TestJournal(t *testing.T) {
	out, h, j := newMoody(slog.LevelInfo)
	j.log(slog.LevelInfo, "first", slog.Int("pid", 7))
	j.log(slog.LevelDebug, "panic") // which is not enabled
	j.log(slog.LevelInfo, "goexit")
	j.log(slog.LevelInfo, "block")
	for range maxRecords + 10 {
		j.log(slog.LevelDebug, "too much")
	}
	close(h.release)
	// A record that is not enabled does not take the count of the dropped ones along.
	require.Eventually(t, func() bool { return len(j.records) == 0 }, 10*time.Second, time.Millisecond)
	j.log(slog.LevelDebug, "too much")
	j.log(slog.LevelInfo, "last")
	j.stop()
	j.stop()
	j.log(slog.LevelInfo, "too late")
	<-j.ended
	text := out.String()
	require.True(t, strings.HasPrefix(text, "level=INFO msg=first pool=1 pid=7\nlevel=INFO msg=block pool=1\nlevel=INFO msg=last pool=1 dropped="), text)
	require.Equal(t, 3, strings.Count(text, "\n"))

	j = newJournal(nil)
	j.log(slog.LevelError, "nothing")
	j.stop()
}

// What a handler panics with is told, and the next record is handled.
func TestJournalPanic(t *testing.T) {
	old := os.Stderr
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer file.Close()
	os.Stderr = file
	out, _, j := newMoody(slog.LevelInfo)
	j.log(slog.LevelInfo, "panic")
	j.log(slog.LevelInfo, "next")
	j.stop()
	<-j.ended
	os.Stderr = old
	require.Equal(t, "level=INFO msg=next pool=1\n", out.String())
	told, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Contains(t, string(told), "ipc: PoolOptions.Logger: panic: no more paper")
	require.Contains(t, string(told), "moodyHandler.Handle")
}

// The end of a pool does not wait for a handler that blocks.
func TestJournalBlocked(t *testing.T) {
	_, h, j := newMoody(slog.LevelInfo)
	j.log(slog.LevelInfo, "block")
	begun := time.Now()
	j.stop()
	require.Less(t, time.Since(begun), 5*time.Second)
	close(h.release)
	<-j.ended
}

// stop does what a pool does with its journal at the end.
func (j *journal) stop() {
	j.close()
	j.wait()
}
