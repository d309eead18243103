//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc"
)

// loopback is the simplest carrier: it runs calls where it stands.
type loopback struct{}

func (loopback) Carry(ctx context.Context, call ipc.Call) (ipc.Reply, error) { return call.Run(ctx) }

var carriers = []behave.Backend[ipc.Carrier]{
	{Name: "loopback", New: func(*testing.T) ipc.Carrier { return loopback{} }},
	{Name: "pool", New: func(t *testing.T) ipc.Carrier { return newPool(t, ipc.PoolOptions{Workers: 2}) }},
}

func newPool(t testing.TB, options ipc.PoolOptions) *ipc.Pool {
	t.Helper()
	pool, err := ipc.NewPool(context.Background(), options)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { pool.Close() })
	return pool
}

func TestCarriers(t *testing.T) {
	behave.Over(t, carriers, []behave.Behaviour[ipc.Carrier]{
		{Name: "result", Check: func(t *testing.T, c ipc.Carrier) {
			got, err := square.On(c)(t.Context(), 12)
			require.NoError(t, err)
			require.Equal(t, 144, got)
		}},
		{Name: "sizes", Check: func(t *testing.T, c ipc.Carrier) {
			for _, n := range []int{0, 1, 4095, 4096, 65535, 65536, 65537, 1 << 20, 5<<20 + 3} {
				in := make([]byte, n)
				for i := range in {
					in[i] = byte(i * 7)
				}
				out, err := echo.On(c)(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, in, out)
			}
		}},
		{Name: "many calls at once", Check: func(t *testing.T, c ipc.Carrier) {
			f := square.On(c)
			done := make(chan error)
			for g := range 16 {
				go func() {
					for i := range 50 {
						n := g*1000 + i
						if got, err := f(t.Context(), n); err != nil || got != n*n {
							done <- errors.Join(err, errors.New("wrong result"))
							return
						}
					}
					done <- nil
				}()
			}
			for range 16 {
				require.NoError(t, <-done)
			}
		}},
		{Name: "chunks", Check: func(t *testing.T, c ipc.Carrier) {
			f := square.OnChunks(c)
			for _, n := range []int{0, 1, 1000} {
				in, want := make([]int, n), make([]int, n)
				for i := range in {
					in[i], want[i] = i, i*i
				}
				got, err := f(t.Context(), in)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		}},
		{Name: "first failure ends a chunk", Check: func(t *testing.T, c ipc.Carrier) {
			got, err := fail.OnChunks(c)(t.Context(), []string{"", "EOF", "plain"})
			require.ErrorIs(t, err, io.EOF)
			require.Nil(t, got)
		}},
		{Name: "errors keep their identity", Check: func(t *testing.T, c ipc.Carrier) {
			f := fail.On(c)
			for name, is := range map[string][]error{
				"EOF":      {io.EOF},
				"wrapped":  {io.ErrUnexpectedEOF},
				"path":     {syscall.ENOENT, fs.ErrNotExist},
				"custom":   {errCustom},
				"joined":   {io.EOF, syscall.EPERM, fs.ErrPermission},
				"canceled": {context.Canceled},
			} {
				_, err := f(t.Context(), name)
				for _, target := range is {
					require.ErrorIs(t, err, target, name)
				}
				require.NotErrorIs(t, err, fs.ErrExist, name)
				require.EqualError(t, err, failures[name].Error())
			}
			_, err := f(t.Context(), "plain")
			require.EqualError(t, err, "nothing special")
			_, err = f(t.Context(), "EOF")
			require.True(t, err == io.EOF, "a sentinel itself must arrive as itself, for those who compare with ==")
		}},
		{Name: "panic", Check: func(t *testing.T, c ipc.Carrier) {
			_, err := panics.On(c)(t.Context(), "boom")
			var pe *ipc.PanicError
			require.ErrorAs(t, err, &pe)
			require.Equal(t, "boom", pe.Value)
			require.Contains(t, string(pe.Stack), "ipc_test.explode")
			_, err = panicsE.On(c)(t.Context(), struct{}{})
			require.ErrorAs(t, err, &pe)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			got, err := square.On(c)(t.Context(), 3)
			require.NoError(t, err, "the carrier must survive a panic")
			require.Equal(t, 9, got)
		}},
		{Name: "a ctx that ended starts nothing", Check: func(t *testing.T, c ipc.Carrier) {
			cause := errors.New("my cause")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(cause)
			_, err := exits.On(c)(ctx, 1)
			require.ErrorIs(t, err, cause)
			_, err = exits.OnChunks(c)(ctx, []int{1})
			require.ErrorIs(t, err, cause)
		}},
		{Name: "a ctx that ends ends the function", Check: func(t *testing.T, c ipc.Carrier) {
			cause := errors.New("my cause")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(5*time.Millisecond, func() { cancel(cause) })
			_, err := obedient.On(c)(ctx, struct{}{})
			require.ErrorIs(t, err, cause)
		}},
		{Name: "success beats cancellation", Check: func(t *testing.T, c ipc.Carrier) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer cancel()
			got, err := late.On(c)(ctx, struct{}{})
			require.NoError(t, err)
			require.Equal(t, "done all the same", got)
		}},
		{Name: "the deadline travels", Check: func(t *testing.T, c ipc.Carrier) {
			left, err := deadline.On(c)(context.Background(), struct{}{})
			require.NoError(t, err)
			require.Zero(t, left)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			left, err = deadline.On(c)(ctx, struct{}{})
			require.NoError(t, err)
			require.InDelta(t, time.Hour, left, float64(time.Minute))
		}},
		{Name: "an argument that cannot travel hurts nobody", Check: func(t *testing.T, c ipc.Carrier) {
			_, err := held.On(c)(t.Context(), struct{ X int }{1})
			require.ErrorContains(t, err, "the argument cannot travel")
			got, err := held.On(c)(t.Context(), "text")
			require.NoError(t, err)
			require.Equal(t, "text", got)
		}},
	})
}

func TestMisuse(t *testing.T) {
	f := func(context.Context, int) (int, error) { return 0, nil }
	type hidden struct {
		Open int
		shut int
	}
	for want, misuse := range map[string]func(){
		`ipc: Func "square": the name is taken`: func() { ipc.Func("square", f) },
		`the name has 0 bytes`:                  func() { ipc.Func("", f) },
		`the name has 256 bytes`:                func() { ipc.Func(strings.Repeat("x", 256), f) },
		`the function is nil`:                   func() { ipc.Func[int, int]("nil", nil) },
		`with 2 ipc.FuncOptions arguments`:      func() { ipc.Func("two", f, ipc.FuncOptions{}, ipc.FuncOptions{}) },
		`Attempts is -1`:                        func() { ipc.Func("minus", f, ipc.FuncOptions{Attempts: -1}) },
		`the carrier is nil`:                    func() { square.On(nil) },
		`OnChunks: the carrier is nil`:          func() { square.OnChunks(nil) },
		`Workers is -1`:                         func() { ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: -1}) },
		`MaxMessage is -1`:                      func() { ipc.NewPool(context.Background(), ipc.PoolOptions{Launch: ipc.Launch{MaxMessage: -1}}) },
		`Env is ["key"]`:                        func() { ipc.NewPool(context.Background(), ipc.PoolOptions{Launch: ipc.Launch{Env: []string{"key"}}}) },
		`Env is ["=value"]`: func() {
			ipc.NewPool(context.Background(), ipc.PoolOptions{Launch: ipc.Launch{Env: []string{"=value"}}})
		},
		`StartTimeout is -1s`: func() {
			ipc.NewPool(context.Background(), ipc.PoolOptions{Launch: ipc.Launch{StartTimeout: -time.Second}})
		},
		`the name is taken`:    func() { ipc.RegisterError("io.EOF", errCustom) },
		`neither may be empty`: func() { ipc.RegisterError("x", nil) },
		`chan int`: func() {
			ipc.Func("chan", func(context.Context, struct{ C chan int }) (int, error) { return 0, nil })
		},
		`shut`: func() {
			ipc.Func("hidden", func(_ context.Context, h hidden) (int, error) { return h.Open + h.shut, nil })
		},
		`func()`: func() {
			ipc.Func("func", func(context.Context, int) (func(), error) { return nil, nil })
		},
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				require.True(t, strings.HasPrefix(text, "ipc: "), "panic %q does not name the package", text)
				require.Contains(t, text, want)
			}()
			misuse()
		}()
	}
	require.Equal(t, "square", square.Name())
	require.False(t, ipc.InWorker())
}

func TestUnknownFunction(t *testing.T) {
	_, err := ipc.Call{Func: "nobody"}.Run(t.Context())
	require.ErrorContains(t, err, `"nobody" is not registered here`)
	require.ErrorContains(t, err, `"square"`)
}

// A carrier that ends its goroutine ends the caller's, as a plain function would.
func TestGoexitLocal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		returned := false
		go func() {
			_, _ = goexits.On(loopback{})(t.Context(), struct{}{})
			returned = true
			runtime.Goexit()
		}()
		synctest.Wait()
		require.False(t, returned)
	})
}
