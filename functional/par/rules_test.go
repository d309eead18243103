package par_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/internal/panics"
)

// An operator calls f for the items 0…n-1 and fails as one of the parallel
// operators does.
type operator struct {
	options par.Options
	run     func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error

	active  atomic.Int64 // calls of f that are running
	started atomic.Int64
}

// call runs the operator and checks that none of its calls is left.
func (o *operator) call(t *testing.T, ctx context.Context, n int, f func(context.Context, int) error, options ...par.Options) error {
	p := append(options, o.options)[0]
	defer func() { assert.Zero(t, o.active.Load(), "calls that are still running") }()
	return o.run(ctx, n, func(ctx context.Context, i int) error {
		o.active.Add(1)
		defer o.active.Add(-1)
		o.started.Add(1)
		return f(ctx, i)
	}, p)
}

// allErrors returns the operator's options with AllErrors.
func (o *operator) allErrors() par.Options {
	p := o.options
	p.AllErrors = true
	return p
}

// operators are the parallel operators that call a function which can fail.
var operators = map[string]func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error{
	"Map": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.Map(ctx, laws.Numbers(n), withResult(f), options)
		return err
	},
	"ForEach": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		return par.ForEach(ctx, laws.Numbers(n), f, options)
	},
	"Filter": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.Filter(ctx, laws.Numbers(n), func(ctx context.Context, i int) (bool, error) {
			return true, f(ctx, i)
		}, options)
		return err
	},
	"MapReduce": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.MapReduce(ctx, laws.Numbers(n), withResult(f), func(a, b int) int { return a + b }, options)
		if n == 0 && err == functional.ErrEmpty {
			return nil
		}
		return err
	},
	"MapChunks": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.MapChunks(ctx, laws.Numbers(n), func(callCtx context.Context, chunk []int) ([]int, error) {
			var errs []error
			for at, i := range chunk {
				// Not callCtx, which a failure above ends: the lowest would be
				// left to chance.
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if err := f(callCtx, i); err != nil {
					if !options.AllErrors {
						return nil, &functional.IndexError{Index: at, Err: err}
					}
					errs = append(errs, err)
				}
			}
			return chunk, errors.Join(errs...)
		}, options)
		return err
	},
	"Range": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		return par.Range(ctx, n, func(callCtx context.Context, lo, hi int) error {
			var errs []error
			for i := lo; i < hi; i++ {
				if ctx.Err() != nil { // not callCtx, as above
					return ctx.Err()
				}
				if err := f(callCtx, i); err != nil {
					if !options.AllErrors {
						return &functional.IndexError{Index: i, Err: err}
					}
					errs = append(errs, err)
				}
			}
			return errors.Join(errs...)
		}, options)
	},
	"GroupBy": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.GroupBy(ctx, laws.Numbers(n), withResult(f), options)
		return err
	},
	"DistinctBy": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		_, err := par.DistinctBy(ctx, laws.Numbers(n), withResult(f), options)
		return err
	},
	"MapSeq": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		return drain(par.MapSeq(ctx, slices.Values(laws.Numbers(n)), withResult(f), options))
	},
	"MapSeq unordered": func(ctx context.Context, n int, f func(context.Context, int) error, options par.Options) error {
		options.Unordered = true
		return drain(par.MapSeq(ctx, slices.Values(laws.Numbers(n)), withResult(f), options))
	},
}

func withResult(f func(context.Context, int) error) func(context.Context, int) (int, error) {
	return func(ctx context.Context, i int) (int, error) { return i, f(ctx, i) }
}

// drain returns what went wrong in seq, the errors joined if there are several.
func drain(seq iter.Seq2[int, error]) error {
	var errs []error
	for _, err := range seq {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// TestRules holds every operator to the rules of the package documentation.
func TestRules(t *testing.T) {
	var backends []behave.Backend[*operator]
	for name, run := range operators {
		for _, workers := range []int{1, 2, 8, 100} {
			for _, chunk := range []int{0, 1, 7} {
				backends = append(backends, behave.Backend[*operator]{
					Name: fmt.Sprintf("%s/workers=%d,chunk=%d", name, workers, chunk),
					New: func(*testing.T) *operator {
						return &operator{options: par.Options{Workers: workers, Chunk: chunk}, run: run}
					},
				})
			}
		}
	}
	behave.Over(t, backends, rules)
}

var rules = []behave.Behaviour[*operator]{
	{Name: "every item runs once", Check: func(t *testing.T, o *operator) {
		for _, n := range []int{0, 1, 2, 255, 256, 257, 5000} {
			runs := make([]atomic.Int32, n)
			require.NoError(t, o.call(t, t.Context(), n, func(_ context.Context, i int) error {
				runs[i].Add(1)
				return nil
			}))
			for i := range runs {
				require.EqualValues(t, 1, runs[i].Load(), "runs of item %d of %d", i, n)
			}
		}
	}},
	{Name: "the lowest failure wins", Check: func(t *testing.T, o *operator) {
		if strings.Contains(t.Name(), "unordered") {
			t.Skip("the first to be completed is yielded")
		}
		low, high := errors.New("low"), errors.New("high")
		for range 20 {
			err := o.call(t, t.Context(), 200, func(_ context.Context, i int) error {
				switch {
				case i == 30:
					runtime.Gosched() // let the others fail first
					return low
				case i > 30:
					return high
				}
				return nil
			})
			require.Equal(t, &functional.IndexError{Index: 30, Err: low}, err)
		}
	}},
	{Name: "a failure stops the others", Check: func(t *testing.T, o *operator) {
		bad := errors.New("bad")
		err := o.call(t, t.Context(), 5000, func(ctx context.Context, i int) error {
			if i < 9 {
				return nil
			}
			if i == 9 {
				return bad
			}
			<-ctx.Done()
			return ctx.Err()
		})
		require.Equal(t, &functional.IndexError{Index: 9, Err: bad}, err)
		require.LessOrEqual(t, o.started.Load(), 9+int64(o.options.Workers))
	}},
	{Name: "a context that is done runs nothing", Check: func(t *testing.T, o *operator) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		for _, n := range []int{0, 1, 100} {
			err := o.call(t, ctx, n, func(context.Context, int) error { return nil })
			require.True(t, err == cause, "n = %d: got %v, want the cause", n, err)
		}
		require.Zero(t, o.started.Load())
	}},
	{Name: "a context that ends starts no further item", Check: func(t *testing.T, o *operator) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(t.Context())
		var late atomic.Int64
		err := o.call(t, ctx, 5000, func(_ context.Context, i int) error {
			switch {
			case ctx.Err() != nil:
				late.Add(1)
			case i == 20:
				cancel(cause)
			case i > 20:
				<-ctx.Done() // or all could be completed before item 20
			}
			return nil
		})
		require.True(t, err == cause, "got %v, want the cause", err)
		// Each of the other workers may have been about to start one.
		require.Less(t, late.Load(), int64(o.options.Workers))
	}},
	{Name: "the caller's context reported by an item is its cause", Check: func(t *testing.T, o *operator) {
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(t.Context())
		err := o.call(t, ctx, 100, func(ctx context.Context, i int) error {
			if i == 20 {
				cancel(cause)
			}
			if i >= 20 {
				<-ctx.Done()
				return fmt.Errorf("item %d: %w", i, ctx.Err())
			}
			return nil
		})
		require.True(t, err == cause, "got %v, want the cause", err)
	}},
	{Name: "success wins over a context that ends too late", Check: func(t *testing.T, o *operator) {
		if strings.Contains(t.Name(), "Seq") {
			t.Skip("a sequence that was told to stop is not known to have ended")
		}
		ctx, cancel := context.WithCancel(t.Context())
		var completed atomic.Int64
		require.NoError(t, o.call(t, ctx, 300, func(context.Context, int) error {
			if completed.Add(1) == 300 {
				cancel()
			}
			return nil
		}))
	}},
	{Name: "a panic is raised in the caller with its stack", Check: func(t *testing.T, o *operator) {
		for _, at := range []int{0, 40} {
			for _, options := range []par.Options{o.options, o.allErrors()} {
				pe := panicOf(t, func() {
					o.call(t, t.Context(), 500, func(_ context.Context, i int) error {
						if i == at {
							explode()
						}
						return nil
					}, options)
				})
				require.Equal(t, io.ErrUnexpectedEOF, pe.Value)
				require.ErrorIs(t, pe, io.ErrUnexpectedEOF)
				require.Contains(t, string(pe.Stack), "par_test.explode")
			}
		}
	}},
	{Name: "panics and errors compete by index", Check: func(t *testing.T, o *operator) {
		if strings.Contains(t.Name(), "unordered") {
			t.Skip("the first to be completed is yielded")
		}
		bad := errors.New("bad")
		for range 10 {
			err := o.call(t, t.Context(), 100, func(_ context.Context, i int) error {
				switch {
				case i == 25:
					runtime.Gosched()
					return bad
				case i > 25:
					panic("too late")
				}
				return nil
			})
			require.Equal(t, &functional.IndexError{Index: 25, Err: bad}, err)
			pe := panicOf(t, func() {
				o.call(t, t.Context(), 100, func(_ context.Context, i int) error {
					switch {
					case i == 25:
						runtime.Gosched()
						panic("in time")
					case i > 25:
						return bad
					}
					return nil
				})
			})
			require.Equal(t, "in time", pe.Value)
		}
	}},
	{Name: "an error that tells of a panic is an error", Check: func(t *testing.T, o *operator) {
		for _, err := range []error{&par.PanicError{Value: "elsewhere"}, panics.ErrGoexit} {
			for _, all := range []bool{false, true} {
				got := o.call(t, context.Background(), 20, func(_ context.Context, i int) error {
					if i == 3 {
						return err
					}
					return nil
				}, par.Options{AllErrors: all})
				require.ErrorIs(t, got, err)
			}
		}
	}},
	{Name: "an error that contains itself is an error", Check: func(t *testing.T, o *operator) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		require.Error(t, o.call(t, ctx, 5, func(_ context.Context, i int) error {
			if i == 1 {
				cancel()
			}
			return &loop{}
		}))
	}},
	{Name: "Goexit ends the caller", Check: func(t *testing.T, o *operator) {
		for _, at := range []int{0, 50} {
			returned := make(chan error, 1) // closed without one by a Goexit
			go func() {
				defer close(returned)
				returned <- o.call(t, context.Background(), 100, func(_ context.Context, i int) error {
					if i == at {
						runtime.Goexit()
					}
					return nil
				})
			}()
			err, ok := <-returned
			require.False(t, ok, "the operator returned %v after the Goexit of item %d", err, at)
		}
	}},
	{Name: "an index of an operator within does not stand for the outer one", Check: func(t *testing.T, o *operator) {
		bad := &functional.IndexError{Index: 1, Err: io.ErrUnexpectedEOF}
		fail := func(_ context.Context, i int) error {
			if i == 3 {
				return bad
			}
			return nil
		}
		err := o.call(t, t.Context(), 9, fail)
		require.Equal(t, &functional.IndexError{Index: 3, Err: bad}, err)
		require.ErrorIs(t, o.call(t, t.Context(), 9, fail, o.allErrors()), bad)
	}},
	{Name: "all errors come in the order of the items", Check: func(t *testing.T, o *operator) {
		if strings.Contains(t.Name(), "unordered") {
			t.Skip("they are yielded as they come")
		}
		err := o.call(t, t.Context(), 1000, func(_ context.Context, i int) error {
			if i%300 == 7 {
				return fmt.Errorf("item %d", i)
			}
			return nil
		}, o.allErrors())
		if strings.Contains(t.Name(), "MapChunks") || strings.Contains(t.Name(), "Range") { // the errors are those of chunks
			said := regexp.MustCompile(`item \d+`).FindAllString(err.Error(), -1)
			require.Equal(t, []string{"item 7", "item 307", "item 607", "item 907"}, said)
		} else {
			require.EqualError(t, err, "element 7: item 7\nelement 307: item 307\nelement 607: item 607\nelement 907: item 907")
		}
		require.EqualValues(t, 1000, o.started.Load())
	}},
	{Name: "functions get a child of the context that ends with the call", Check: func(t *testing.T, o *operator) {
		type key struct{}
		var ctx context.Context
		require.NoError(t, o.call(t, context.WithValue(t.Context(), key{}, "value"), 1, func(c context.Context, _ int) error {
			ctx = c
			return c.Err()
		}))
		require.Equal(t, "value", ctx.Value(key{}))
		require.Equal(t, context.Canceled, ctx.Err())
		<-ctx.Done()
	}},
}

func explode() { panic(io.ErrUnexpectedEOF) }

// panicOf calls f and returns what it panics with.
func panicOf(t *testing.T, f func()) (pe *par.PanicError) {
	t.Helper()
	defer func() {
		t.Helper()
		v := recover()
		require.IsType(t, pe, v)
		pe = v.(*par.PanicError)
	}()
	f()
	return nil
}

// A loop is an error that wraps itself.
type loop struct{}

func (*loop) Error() string   { return "loop" }
func (l *loop) Unwrap() error { return l }
