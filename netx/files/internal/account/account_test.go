package account

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestHold(t *testing.T) {
	ctx := t.Context()
	b := New(100, 4, func(context.Context) (Count, error) {
		return Count{Bytes: 40, Files: 1, Held: map[string]int64{"before": 20}}, nil
	})
	assert.ErrorIs(t, b.Hold(ctx, "a", 41, true), ErrFull)
	assert.NoError(t, b.Hold(ctx, "a", 30, true))
	assert.NoError(t, b.Hold(ctx, "a", 40, true), "more of the same")
	assert.NoError(t, b.Hold(ctx, "a", 10, true), "less changes nothing")
	assert.ErrorIs(t, b.Hold(ctx, "b", 1, true), ErrFull, "bytes")
	assert.NoError(t, b.Hold(ctx, "b", 0, true))
	assert.ErrorIs(t, b.Hold(ctx, "c", 0, true), ErrFull, "files")
	assert.NoError(t, b.Hold(ctx, "c", 0, false), "it replaces one")
	b.Drop("before")
	assert.NoError(t, b.Hold(ctx, "b", 20, true))
	assert.NoError(t, b.Move(func() (Change, error) { return Change{Bytes: 15, Files: 1, Drop: "b"}, nil }))
	room, err := b.Room(ctx)
	assert.NoError(t, err)
	assert.EqualValues(t, 5, room)
	b.Drop("never")
}

func TestHoldTogether(t *testing.T) {
	b := New(1000, -1, func(context.Context) (Count, error) { return Count{}, nil })
	var got atomic.Int64
	var wait sync.WaitGroup
	for i := range 100 {
		wait.Go(func() {
			for n := int64(1); b.Hold(t.Context(), fmt.Sprint(i), n*7, true) == nil; n++ {
				got.Add(7)
			}
		})
	}
	wait.Wait()
	assert.LessOrEqual(t, got.Load(), int64(1000))
	assert.Greater(t, got.Load(), int64(990))
}

func TestRecount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, failure, counts := Count{Bytes: 100}, error(nil), 0
		b := New(100, -1, func(context.Context) (Count, error) { counts++; return c, failure })
		assert.ErrorIs(t, b.Hold(t.Context(), "a", 1, true), ErrFull)
		assert.Equal(t, 1, counts)
		c = Count{Bytes: 50, Held: map[string]int64{"old": 10}}
		assert.ErrorIs(t, b.Hold(t.Context(), "a", 1, true), ErrFull, "counted just now")
		time.Sleep(2 * time.Second)
		assert.NoError(t, b.Hold(t.Context(), "a", 40, true))
		c = Count{Bytes: 50}
		time.Sleep(2 * time.Second)
		assert.NoError(t, b.Hold(t.Context(), "b", 10, true), "what was held has gone")
		time.Sleep(2 * time.Second)
		failure = errors.New("broken")
		assert.ErrorIs(t, b.Hold(t.Context(), "c", 10, true), failure)
	})
	none := New(-1, -1, nil)
	assert.NoError(t, none.Hold(t.Context(), "a", 1<<62, true))
}
