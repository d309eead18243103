package concurrent_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A journal notes in which order things happen.
type journal struct {
	mu  sync.Mutex
	all []string
}

func (j *journal) add(s string) {
	j.mu.Lock()
	j.all = append(j.all, s)
	j.mu.Unlock()
}

// release returns a release that notes s and returns err.
func (j *journal) release(s string, err error) func(context.Context) error {
	return func(context.Context) error { j.add(s); return err }
}

func (j *journal) want(t *testing.T, want ...string) {
	t.Helper()
	assert.Equal(t, want, j.all, "happened")
}

type closer func() error

func (c closer) Close() error { return c() }

func TestScope(t *testing.T) {
	ctx := context.Background()
	t.Run("reverse order", func(t *testing.T) {
		var j journal
		err := concurrent.Scoped(t.Context(), func(_ context.Context, s *concurrent.Scope) error {
			s.Defer(j.release("1", nil))
			s.DeferClose(closer(func() error { j.add("2"); return nil }))
			s.Defer(j.release("3", nil))
			j.add("body")
			return nil
		})
		wantErrors(t, err)
		j.want(t, "body", "3", "2", "1")
	})
	t.Run("all run and errors are joined in order", func(t *testing.T) {
		var j journal
		err := concurrent.Scoped(t.Context(), func(_ context.Context, s *concurrent.Scope) error {
			s.Defer(j.release("1", errA))
			s.Defer(j.release("2", nil))
			s.DeferClose(closer(func() error { j.add("3"); return errB }))
			return errC
		})
		wantErrors(t, err, errC, errB, errA)
		j.want(t, "3", "2", "1")
	})
	t.Run("one error is returned as it is", func(t *testing.T) {
		var s concurrent.Scope
		s.Defer(func(context.Context) error { return errA })
		s.Defer(func(context.Context) error { return nil })
		assert.Equal(t, errA, s.Close(ctx))
	})
	t.Run("the releases' context has not ended", func(t *testing.T) {
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "v"))
		err := concurrent.Scoped(ctx, func(ctx context.Context, s *concurrent.Scope) error {
			s.Defer(func(ctx context.Context) error {
				assert.NoError(t, ctx.Err())
				assert.Equal(t, "v", ctx.Value(key{}))
				return nil
			})
			cancel()
			return ctx.Err()
		})
		assert.Equal(t, context.Canceled, err)
	})
	t.Run("done on entry", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errA)
		err := concurrent.Scoped(ctx, func(context.Context, *concurrent.Scope) error { panic("called") })
		assert.Equal(t, errA, err)
	})
	t.Run("panic of the body", func(t *testing.T) {
		var j journal
		pe := caught(t, func() {
			concurrent.Scoped(t.Context(), func(_ context.Context, s *concurrent.Scope) error {
				s.Defer(j.release("1", errB))
				s.Defer(func(context.Context) error { j.add("2"); panic("second") })
				explode()
				return nil
			})
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		j.want(t, "2", "1")
	})
	t.Run("panic of a release", func(t *testing.T) {
		var j journal
		pe := caught(t, func() {
			var s concurrent.Scope
			s.Defer(j.release("1", errB))
			s.Defer(func(context.Context) error { explode(); return nil })
			s.Defer(j.release("3", nil))
			s.Close(ctx)
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		j.want(t, "3", "1")
	})
	for _, first := range []string{"body", "release"} {
		t.Run("goexit of the "+first, func(t *testing.T) {
			var j journal
			assert.True(t, exited(func() {
				concurrent.Scoped(t.Context(), func(_ context.Context, s *concurrent.Scope) error {
					s.Defer(j.release("1", nil))
					s.Defer(func(context.Context) error { j.add("2"); goexit(); return nil })
					s.Defer(j.release("3", nil))
					if first == "body" {
						goexit()
					}
					return nil
				})
			}), "the goroutine went on")
			j.want(t, "3", "2", "1")
		})
	}
	// A panic is raised rather than a Goexit, which goes on once it is recovered.
	for name, releases := range map[string][]func(){
		"goexit after a panic": {explode, goexit},
		"panic after a goexit": {goexit, explode, func() { panic("second") }},
		"several":              {goexit, goexit, explode, goexit},
	} {
		t.Run(name, func(t *testing.T) {
			var j journal
			var pe *concurrent.PanicError
			assert.True(t, exited(func() {
				defer func() { pe, _ = recover().(*concurrent.PanicError) }()
				var s concurrent.Scope
				s.Defer(j.release("1", nil))
				for _, release := range slices.Backward(releases) {
					s.Defer(func(context.Context) error { release(); return nil })
				}
				s.Close(ctx)
			}), "the goroutine went on")
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
			j.want(t, "1")
		})
	}
	t.Run("a release may defer", func(t *testing.T) {
		var j journal
		var s concurrent.Scope
		s.Defer(j.release("1", nil))
		s.Defer(func(context.Context) error { j.add("2"); s.Defer(j.release("2b", nil)); return nil })
		s.Close(ctx)
		j.want(t, "2", "2b", "1")
	})
	t.Run("closed early", func(t *testing.T) {
		var j journal
		concurrent.Scoped(t.Context(), func(ctx context.Context, s *concurrent.Scope) error {
			s.Defer(j.release("1", nil))
			s.Close(ctx)
			j.add("body")
			return nil
		})
		j.want(t, "1", "body")
	})
	t.Run("moved", func(t *testing.T) {
		var j journal
		var moved *concurrent.Scope
		concurrent.Scoped(t.Context(), func(ctx context.Context, s *concurrent.Scope) error {
			s.Defer(j.release("1", nil))
			moved = s.Move()
			s.Defer(j.release("2", nil))
			return nil
		})
		j.want(t, "2")
		moved.Defer(j.release("3", nil))
		wantErrors(t, moved.Close(ctx))
		j.want(t, "2", "3", "1")
		wantErrors(t, moved.Close(ctx))
		j.want(t, "2", "3", "1")
	})
	t.Run("from many goroutines", func(t *testing.T) {
		var j journal
		var s concurrent.Scope
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					s.Defer(j.release("x", io.EOF))
				}
			})
		}
		wg.Wait()
		err := s.Close(ctx)
		assert.Len(t, j.all, 800)
		assert.ErrorIs(t, err, io.EOF)
	})
}

func TestScopeMisuse(t *testing.T) {
	ctx := context.Background()
	mustPanic(t, map[string]func(){
		"Scoped of a nil function":      func() { concurrent.Scoped(ctx, nil) },
		"Scope.Defer of a nil function": func() { new(concurrent.Scope).Defer(nil) },
		"Scope.DeferClose of nil":       func() { new(concurrent.Scope).DeferClose(nil) },
		"Scope.Defer on a closed scope": func() {
			var s concurrent.Scope
			s.Close(ctx)
			s.Defer(func(context.Context) error { return nil })
		},
		"on a closed scope": func() {
			var s concurrent.Scope
			s.Close(ctx)
			s.Move().DeferClose(closer(func() error { return nil }))
		},
	})
}

// The behaviours of Python's ExitStack that carry over: not those of exceptions
// that are given to releases and swallowed by them.
func TestConformanceScope(t *testing.T) {
	scoped := func(body func(s *concurrent.Scope, j *journal) error) (*journal, error) {
		var j journal
		err := concurrent.Scoped(context.Background(), func(_ context.Context, s *concurrent.Scope) error { return body(s, &j) })
		return &j, err
	}
	const class = "test_contextlib/TestBaseExitStack/"
	t.Run(class+"test_no_resources", func(t *testing.T) {
		_, err := scoped(func(*concurrent.Scope, *journal) error { return nil })
		wantErrors(t, err)
	})
	t.Run(class+"test_callback", func(t *testing.T) {
		j, _ := scoped(func(s *concurrent.Scope, j *journal) error {
			for _, name := range []string{"c", "b", "a"} {
				s.Defer(j.release(name, nil))
			}
			return nil
		})
		j.want(t, "a", "b", "c")
	})
	t.Run(class+"test_enter_context", func(t *testing.T) {
		j, _ := scoped(func(s *concurrent.Scope, j *journal) error {
			s.Defer(j.release("4", nil))
			j.add("1")
			s.DeferClose(closer(func() error { j.add("3"); return nil }))
			j.add("2")
			return nil
		})
		j.want(t, "1", "2", "3", "4")
	})
	t.Run(class+"test_close", func(t *testing.T) {
		j, _ := scoped(func(s *concurrent.Scope, j *journal) error {
			s.Defer(j.release("1", nil))
			s.Close(context.Background())
			j.add("2")
			return nil
		})
		j.want(t, "1", "2")
	})
	t.Run(class+"test_pop_all", func(t *testing.T) {
		var moved *concurrent.Scope
		j, _ := scoped(func(s *concurrent.Scope, j *journal) error {
			s.Defer(j.release("3", nil))
			moved = s.Move()
			j.add("1")
			return nil
		})
		j.add("2")
		moved.Close(context.Background())
		j.want(t, "1", "2", "3")
	})
	t.Run(class+"test_exit_raise", func(t *testing.T) {
		_, err := scoped(func(s *concurrent.Scope, j *journal) error {
			s.Defer(j.release("", nil))
			return errA
		})
		wantErrors(t, err, errA)
	})
	t.Run(class+"test_excessive_nesting", func(t *testing.T) {
		j, _ := scoped(func(s *concurrent.Scope, j *journal) error {
			for range 10_000 {
				s.Defer(j.release("x", nil))
			}
			return nil
		})
		assert.Len(t, j.all, 10_000, "releases")
	})
}
