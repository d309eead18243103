package concurrent_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

func TestStaggered(t *testing.T) {
	cases := []struct {
		name    string
		delay   time.Duration
		timeout time.Duration
		jobs    []job
		want    int
		errs    []error
		took    time.Duration
		starts  []time.Duration // when each job was called
		raised  bool
	}{
		{name: "the first is fast", delay: 2 * sec, jobs: []job{{v: 1, d: sec}, {v: 2}}, want: 1, took: sec, starts: []time.Duration{0}},
		{name: "the second overtakes", delay: 2 * sec, jobs: []job{{v: 1, d: 9 * sec}, {v: 2, d: sec}, {v: 3}}, want: 2, took: 3 * sec, starts: []time.Duration{0, 2 * sec}},
		{name: "the first wins late", delay: 2 * sec, jobs: []job{{v: 1, d: 5 * sec}, {v: 2, d: 9 * sec, late: 2 * sec}, {v: 3, d: 9 * sec}}, want: 1, took: 7 * sec, starts: []time.Duration{0, 2 * sec, 4 * sec}},
		{name: "a failure calls the next at once", delay: 2 * sec, jobs: []job{{err: errA, d: sec}, {err: errB}, {v: 3, d: 3 * sec}, {v: 4, d: 9 * sec}}, want: 3, took: 4 * sec, starts: []time.Duration{0, sec, sec, 3 * sec}},
		{name: "the delay begins anew", delay: 3 * sec, jobs: []job{{err: errA, d: 2 * sec}, {v: 2, d: 9 * sec}, {v: 3, d: sec}}, want: 3, took: 6 * sec, starts: []time.Duration{0, 2 * sec, 5 * sec}},
		{name: "only the failure of the last called counts", delay: 3 * sec, jobs: []job{{err: errA, d: 4 * sec}, {v: 2, d: 9 * sec}, {v: 3}}, want: 3, took: 6 * sec, starts: []time.Duration{0, 3 * sec, 6 * sec}},
		{name: "none succeeds: errors by place", delay: sec, jobs: []job{{err: errA, d: 5 * sec}, {err: errB, d: sec}, {err: errC}}, errs: []error{errA, errB, errC}, took: 5 * sec, starts: []time.Duration{0, sec, 2 * sec}},
		{name: "one error as it is", jobs: []job{{err: errA}}, errs: []error{errA}, starts: []time.Duration{0}},
		{name: "without delay all at once", jobs: []job{{v: 1, d: 3 * sec}, {v: 2, d: 2 * sec}, {err: errC}}, want: 2, took: 2 * sec, starts: []time.Duration{0, 0, 0}},
		{name: "one after the other", delay: -1, jobs: []job{{err: errA, d: 20 * sec}, {err: errB, d: sec}, {v: 3, d: sec}, {v: 4}}, want: 3, took: 22 * sec, starts: []time.Duration{0, 20 * sec, 21 * sec}},
		{name: "losers are waited for", jobs: []job{{v: 1, d: sec}, {v: 2, d: 9 * sec, late: sec}, {v: 3, d: 5 * sec, deaf: true}}, want: 1, took: 5 * sec, starts: []time.Duration{0, 0, 0}},
		{name: "the context ends", delay: 2 * sec, timeout: 5 * sec, jobs: []job{{d: 9 * sec}, {d: 9 * sec, late: sec}, {d: 9 * sec}, {v: 1}}, errs: []error{errGaveUp}, took: 6 * sec, starts: []time.Duration{0, 2 * sec, 4 * sec}},
		{name: "the context ends: news stay", delay: 2 * sec, timeout: 5 * sec, jobs: []job{{d: 9 * sec}, {err: errB, d: sec}, {d: 9 * sec, end: errC}}, errs: []error{errB, errC, errGaveUp}, took: 5 * sec, starts: []time.Duration{0, 2 * sec, 3 * sec}},
		{name: "the context ends: only news", timeout: 5 * sec, jobs: []job{{d: 9 * sec, end: errA}, {err: errB, d: sec}}, errs: []error{errA, errB}, took: 5 * sec, starts: []time.Duration{0, 0}},
		{name: "the context ends: some were not called", delay: -1, timeout: 5 * sec, jobs: []job{{d: 9 * sec, end: errA}, {v: 2}}, errs: []error{errA, errGaveUp}, took: 5 * sec, starts: []time.Duration{0}},
		{name: "success wins over the end", timeout: 5 * sec, jobs: []job{{v: 1, d: 9 * sec, deaf: true}, {d: 9 * sec}}, want: 1, took: 9 * sec, starts: []time.Duration{0, 0}},
		{name: "panic", delay: 2 * sec, jobs: []job{{d: 9 * sec, late: sec}, {d: sec, fate: explode}, {v: 3}}, raised: true, took: 4 * sec, starts: []time.Duration{0, 2 * sec}},
		{name: "panic of a loser", jobs: []job{{v: 1}, {d: 5 * sec, deaf: true, fate: explode}}, raised: true, took: 5 * sec, starts: []time.Duration{0, 0}},
		{name: "panic beside a goexit", jobs: []job{{fate: goexit}, {d: 5 * sec, deaf: true, fate: explode}}, raised: true, took: 5 * sec, starts: []time.Duration{0, 0}},
	}
	for _, c := range cases {
		bubble(t, c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.timeout > 0 {
				ctx = within(t, c.timeout)
			}
			var running atomic.Int32
			starts := make([]time.Duration, len(c.jobs))
			called := 0
			begin := time.Now()
			var fs []func(context.Context) (int, error)
			for i, j := range c.jobs {
				starts[i] = -1
				fs = append(fs, func(ctx context.Context) (int, error) {
					running.Add(1)
					defer running.Add(-1)
					starts[i] = time.Since(begin)
					return j.run(ctx)
				})
			}
			var v int
			var err error
			pe := caught(t, func() { v, err = concurrent.Staggered(ctx, c.delay, fs...) })
			assert.Equal(t, c.took, time.Since(begin))
			assert.Zero(t, running.Load())
			for called < len(starts) && starts[called] >= 0 {
				called++
			}
			assert.Equal(t, c.starts, starts[:called])
			assert.Negative(t, slices.Max(append(starts[called:], -1)), "starts of what was not called")
			assert.Equal(t, c.raised, pe != nil)
			if pe != nil {
				assert.Equal(t, errA, pe.Value)
			}
			assert.Equal(t, c.want, v)
			wantErrors(t, err, c.errs...)
		})
	}
	bubble(t, "goexit", func(t *testing.T) {
		var running atomic.Int32
		assert.True(t, exited(func() {
			concurrent.Staggered(t.Context(), 0, job{fate: goexit}.run, func(ctx context.Context) (int, error) {
				running.Add(1)
				defer running.Add(-1)
				return job{d: 9 * sec, late: sec}.run(ctx)
			})
		}), "the goroutine went on, or a job did")
		assert.Zero(t, running.Load(), "the goroutine went on, or a job did")
	})
	bubble(t, "the context of those who lose", func(t *testing.T) {
		concurrent.Staggered(t.Context(), 0, job{v: 1, d: sec}.run, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			err := context.Cause(ctx)
			assert.ErrorIs(t, err, context.Canceled)
			assert.NotEqual(t, context.Canceled, err)
			return 0, ctx.Err()
		})
	})
	t.Run("nothing", func(t *testing.T) {
		v, err := concurrent.Staggered[int](t.Context(), 0)
		assert.Zero(t, v)
		assert.Equal(t, concurrent.ErrEmpty, err)
	})
	t.Run("done on entry", func(t *testing.T) {
		never := func(context.Context) (int, error) { panic("called") }
		v, err := concurrent.Staggered(endedContext(t), 0, never, never)
		assert.Zero(t, v)
		assert.Equal(t, errGaveUp, err)
	})
}

// conn is a result that has to be closed.
type conn struct {
	name   string
	closed *journal
}

func (c *conn) Close() error { c.closed.add(c.name); return errC }

func TestRaceCloses(t *testing.T) {
	var closed journal
	dial := func(name string, d time.Duration, err error, fate func()) func(context.Context) (*conn, error) {
		return func(context.Context) (*conn, error) {
			time.Sleep(d)
			if fate != nil {
				fate()
			}
			return &conn{name, &closed}, err
		}
	}
	bubble(t, "late results", func(t *testing.T) {
		c, err := concurrent.Staggered(t.Context(), 0, dial("slow", 3*sec, nil, nil), dial("bad", 0, errA, nil), dial("fast", sec, nil, nil), dial("middle", 2*sec, nil, nil))
		assert.NoError(t, err)
		assert.Equal(t, "fast", c.name)
		closed.want(t, "middle", "slow")
	})
	bubble(t, "the winner, when another panics", func(t *testing.T) {
		closed.all = nil
		pe := caught(t, func() {
			concurrent.Staggered(t.Context(), 0, dial("fast", 0, nil, nil), dial("bad", sec, nil, explode))
		})
		assert.NotNil(t, pe, "no panic")
		closed.want(t, "fast")
	})
}

func TestRaceOfFutures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1, d: 3 * sec}, job{v: 2, d: sec})
		v, err := concurrent.Staggered(t.Context(), 0, fs[0].Result, fs[1].Result)
		assert.Equal(t, 2, v)
		assert.NoError(t, err)
		v, err = fs[0].Result(t.Context())
		assert.Equal(t, 1, v, "it went on")
		assert.NoError(t, err)
	})
}

func TestStaggeredMisuse(t *testing.T) {
	mustPanic(t, map[string]func(){
		"of a nil function": func() { concurrent.Staggered(t.Context(), 0, job{}.run, nil) },
	})
}

// The behaviours of asyncio's staggered_race.
func TestConformanceStaggered(t *testing.T) {
	const prefix = "test_asyncio/test_staggered/"
	type fn = func(context.Context) (string, error)
	type do struct { // what one of the functions does
		fails bool
		d     time.Duration
	}
	for _, c := range []struct {
		name  string
		delay time.Duration
		do    []do
		want  string
		errs  []error
		each  []error // how those ended that were called
	}{
		{"test_empty", -1, nil, "", []error{concurrent.ErrEmpty}, nil},
		{"test_one_successful", -1, []do{{}, {}}, "Res: 0", nil, []error{nil}},
		{"test_first_error_second_successful", -1, []do{{fails: true}, {}}, "Res: 1", nil, []error{errA, nil}},
		{"test_first_timeout_second_successful", sec / 10, []do{{d: 10 * sec}, {}}, "Res: 1", nil, []error{context.Canceled, nil}},
		{"test_none_successful", -1, []do{{fails: true}, {fails: true}}, "", []error{errA, errA}, []error{errA, errA}},
	} {
		bubble(t, prefix+c.name, func(t *testing.T) {
			var fs []fn
			var called atomic.Int32
			each := make([]error, len(c.do))
			for i, do := range c.do {
				fs = append(fs, func(ctx context.Context) (string, error) {
					called.Add(1)
					err := pause(ctx, do.d)
					if do.fails {
						err = errA
					}
					each[i] = err
					return fmt.Sprint("Res: ", i), err
				})
			}
			v, err := concurrent.Staggered(t.Context(), c.delay, fs...)
			assert.Equal(t, c.want, v)
			wantErrors(t, err, c.errs...)
			assert.Equal(t, len(c.each), int(called.Load()), "called")
			for i, want := range c.each {
				assert.ErrorIs(t, each[i], want, "the end of number %d", i)
			}
		})
	}
}
