package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

func TestSleep(t *testing.T) {
	cause := errors.New("enough")
	cases := []struct {
		name        string
		sleep, ends time.Duration // ctx ends after so long; 0: never, -1: has ended
		want        error
		takes       time.Duration
	}{
		{"to the end", time.Second, 0, nil, time.Second},
		{"to the end before ctx's", time.Second, time.Minute, nil, time.Second},
		{"cut short", time.Minute, time.Second, cause, time.Second},
		{"not at all", 0, 0, nil, 0},
		{"negative", -time.Second, 0, nil, 0},
		{"done on entry", time.Second, -1, cause, 0},
		{"done on entry, nothing to wait for", 0, -1, cause, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				switch {
				case c.ends < 0:
					cancel(cause)
				case c.ends > 0:
					stop := time.AfterFunc(c.ends, func() { cancel(cause) })
					defer stop.Stop()
				}
				begin := time.Now()
				assert.Equal(t, c.want, concurrent.Sleep(ctx, c.sleep))
				assert.Equal(t, c.takes, time.Since(begin))
			})
		})
	}
}

func TestConformanceSleep(t *testing.T) {
	const class = "test_asyncio/test_tasks/BaseTaskTests/"
	bubble(t, class+"test_sleep", func(t *testing.T) {
		f := concurrent.Go(t.Context(), func(ctx context.Context) (string, error) {
			for range 2 {
				if err := concurrent.Sleep(ctx, 50*time.Millisecond); err != nil {
					return "", err
				}
			}
			return "yeah", nil
		})
		begin := time.Now()
		mustEnd(t, f, concurrent.Done, "yeah", nil)
		assert.Equal(t, 100*time.Millisecond, time.Since(begin), "time it took")
	})
	bubble(t, class+"test_sleep_cancel", func(t *testing.T) {
		f := concurrent.Go(t.Context(), func(ctx context.Context) (string, error) {
			return "", concurrent.Sleep(ctx, 10*time.Second)
		})
		synctest.Wait()
		begin := time.Now()
		f.Cancel(errWhy)
		mustEnd(t, f, concurrent.Canceled, "", errWhy)
		assert.Zero(t, time.Since(begin), "time it took")
	})
}

func ExampleSleep() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println(concurrent.Sleep(ctx, time.Hour))
	// Output: context deadline exceeded
}
