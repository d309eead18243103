package memo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/memo"
)

// TestCacheStorm lets many goroutines get, forget and give up at random while
// loads fail, panic, exit and wait, and then balances the books: each Get had
// one outcome, the right one, each load ended, and what came in either left or is
// still there.
func TestCacheStorm(t *testing.T) {
	const goroutines, rounds, keys, size = 16, 400, 40, 20
	var (
		failed                              = errors.New("failed")
		cause                               = errors.New("cause")
		started, running, broken            atomic.Int64
		entered, values, errs, canceled     atomic.Int64
		panicked, exited, launched, evicted atomic.Int64
	)
	c := memo.NewCache(func(ctx context.Context, key int) (int, error) {
		started.Add(1)
		running.Add(1)
		defer running.Add(-1)
		for range rand.IntN(4) {
			runtime.Gosched()
		}
		if key%3 == 0 && ctx.Done() != nil {
			select { // a slow one, that listens
			case <-ctx.Done():
				broken.Add(1)
				return 0, context.Cause(ctx)
			case <-time.After(time.Duration(rand.IntN(100)) * time.Microsecond):
			}
		}
		switch rand.IntN(12) {
		case 0:
			broken.Add(1)
			return 0, failed
		case 1:
			broken.Add(1)
			panic(failed)
		case 2:
			broken.Add(1)
			runtime.Goexit()
		}
		return key, nil
	}, memo.Options{Size: size, TTL: 2 * time.Millisecond})
	c.OnEvict(func(int, int) { evicted.Add(1) })

	one := func(r *rand.Rand) {
		ctx := context.Background()
		if r.IntN(4) > 0 {
			parent, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			ctx = parent
			if r.IntN(2) == 0 {
				timer := time.AfterFunc(time.Duration(r.IntN(60))*time.Microsecond, func() { cancel(cause) })
				defer timer.Stop()
			}
		}
		key := int(r.ExpFloat64()*6) % keys
		entered.Add(1)
		left := false
		defer func() {
			switch v := recover(); {
			case v != nil:
				if pe, ok := v.(*memo.PanicError); assert.True(t, ok, "panic of %v", v) {
					assert.Equal(t, failed, pe.Value)
				}
				panicked.Add(1)
			case !left:
				exited.Add(1)
			}
		}()
		v, err := c.Get(ctx, key)
		left = true
		switch {
		case err == nil && v == key:
			values.Add(1)
		case err == failed:
			errs.Add(1)
		case err == cause && context.Cause(ctx) == cause:
			canceled.Add(1)
		default:
			assert.Fail(t, "no outcome of a Get", "Get(%d) = %d, %v; the context's cause is %v", key, v, err, context.Cause(ctx))
		}
	}

	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range rounds {
				switch r.IntN(20) {
				case 0:
					c.Forget(r.IntN(keys))
				case 1:
					if r.IntN(10) == 0 {
						c.Purge()
					}
				default:
					launched.Add(1)
					done := make(chan struct{}) // for a Goexit of its own
					go func() { defer close(done); one(r) }()
					<-done
				}
				s := c.Stats()
				assert.LessOrEqual(t, s.Entries, size)
				assert.Equal(t, s.Entries, s.Cost)
			}
		})
	}
	wg.Wait()

	s := c.Stats()
	require.Zero(t, running.Load(), "a load runs and nobody waits for it")
	require.Equal(t, launched.Load(), entered.Load())
	require.Equal(t, entered.Load(), values.Load()+errs.Load()+canceled.Load()+panicked.Load()+exited.Load())
	require.EqualValues(t, started.Load(), s.Loads)
	require.EqualValues(t, broken.Load(), s.Failures)
	require.LessOrEqual(t, s.Loads, s.Misses)
	require.LessOrEqual(t, s.Hits+s.Misses, uint64(entered.Load()))
	for what, n := range map[string]int64{
		"value": values.Load(), "error": errs.Load(), "cancellation": canceled.Load(), "panic": panicked.Load(),
		"exit": exited.Load(), "shared call": int64(s.Misses - s.Loads), "eviction": int64(s.Evictions),
	} {
		require.Positive(t, n, "the storm has seen no %s", what)
	}
	c.Purge()
	require.GreaterOrEqual(t, evicted.Load(), int64(s.Evictions)+int64(s.Entries))
	require.LessOrEqual(t, evicted.Load(), started.Load()-broken.Load())
}

// However many ask, a cold cache makes one call for each key.
func TestCacheStampede(t *testing.T) {
	var calls [8]atomic.Int64
	c := memo.NewCache(func(_ context.Context, key int) (int, error) {
		calls[key].Add(1)
		runtime.Gosched()
		return key, nil
	})
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			for i := range len(calls) {
				key := (g + i) % len(calls)
				v, err := c.Get(t.Context(), key)
				assert.NoError(t, err)
				assert.Equal(t, key, v)
			}
		})
	}
	wg.Wait()
	for key := range calls {
		require.EqualValues(t, 1, calls[key].Load())
	}
	s := c.Stats()
	require.EqualValues(t, 64*len(calls), s.Hits+s.Misses)
}
