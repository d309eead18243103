//go:build unix

package ipc_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

var asJSON = ipc.FuncOptions{Marshal: json.Marshal, Unmarshal: json.Unmarshal}

// opaque cannot travel by the codec of the package.
type opaque struct {
	N      int
	Err    any
	Done   chan int `json:"-"`
	hidden string
}

var (
	turnOpaque = ipc.Func("turn opaque", func(_ context.Context, o opaque) (map[string]opaque, error) {
		if o.hidden != "" || o.Done != nil {
			return nil, errors.New("what JSON does not know has travelled")
		}
		if o.N < 0 {
			return nil, io.ErrNoProgress
		}
		o.N *= 2
		return map[string]opaque{"turned": o}, nil
	}, asJSON)
	growJSON = ipc.Func("grow JSON", func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil }, asJSON)
	infinite = ipc.Func("infinite", func(context.Context, none) (func(), error) { return func() {}, nil }, asJSON)
	eager    = ipc.Func("eager", func(context.Context, int) (int, error) { return 0, nil }, ipc.FuncOptions{
		Marshal:   func(any) ([]byte, error) { return []byte("not JSON"), nil },
		Unmarshal: json.Unmarshal,
	})

	kept []byte
	keep = ipc.Func("keep", func(_ context.Context, b []byte) ([]byte, error) {
		if kept == nil {
			kept = b
		}
		return kept, nil
	}, ipc.FuncOptions{
		Marshal:   func(v any) ([]byte, error) { return v.([]byte), nil },
		Unmarshal: func(data []byte, v any) error { *v.(*[]byte) = data; return nil },
	})
)

func TestMarshal(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.Name, func(t *testing.T) {
			carrier := c.New(t)
			got, err := turnOpaque.On(carrier)(t.Context(), opaque{N: 21, Err: "x", hidden: "y", Done: make(chan int)})
			require.NoError(t, err)
			require.Equal(t, map[string]opaque{"turned": {N: 42, Err: "x"}}, got)
			_, err = turnOpaque.On(carrier)(t.Context(), opaque{N: -1})
			require.ErrorIs(t, err, io.ErrNoProgress)

			for _, n := range []int{0, 1, 1000} {
				in := make([]opaque, n)
				for i := range in {
					in[i].N = i
				}
				out, err := turnOpaque.OnChunks(carrier)(t.Context(), in)
				require.NoError(t, err)
				require.Len(t, out, n)
				for i := range in {
					require.Equal(t, 2*i, out[i]["turned"].N)
				}
			}
			_, err = turnOpaque.OnChunks(carrier)(t.Context(), []opaque{{N: 1}, {N: -1}, {N: 1}})
			require.ErrorIs(t, err, io.ErrNoProgress)

			// What cannot be encoded, or decoded, blames the call by its name.
			in := opaque{Err: func() {}}
			_, err = turnOpaque.On(carrier)(t.Context(), in)
			require.EqualError(t, err, "ipc: turn opaque: the argument cannot travel: json: unsupported type: func()")
			typed, ok := errors.AsType[*json.UnsupportedTypeError](err)
			require.True(t, ok)
			require.Equal(t, "func()", typed.Type.String())
			_, err = turnOpaque.OnChunks(carrier)(t.Context(), []opaque{{}, in})
			require.EqualError(t, err, "ipc: turn opaque: the argument cannot travel: item 1: json: unsupported type: func()")
			_, err = infinite.On(carrier)(t.Context(), none{})
			require.EqualError(t, err, "ipc: infinite: the result cannot travel: json: unsupported type: func()")
			_, err = infinite.OnChunks(carrier)(t.Context(), make([]none, 2))
			require.EqualError(t, err, "ipc: infinite: the results cannot travel: item 0: json: unsupported type: func()")
			_, err = eager.On(carrier)(t.Context(), 1)
			require.ErrorContains(t, err, "ipc: eager: the argument cannot be read: invalid character 'o'")
			_, err = eager.OnChunks(carrier)(t.Context(), []int{1})
			require.ErrorContains(t, err, "ipc: eager: the arguments cannot be read: item 0: invalid character 'o'")
			if pool, ok := carrier.(*ipc.Pool); ok {
				s := pool.Stats()
				require.Zero(t, s.Died+s.Killed)
			}
		})
	}
}

// What Unmarshal is given does not change afterwards.
func TestUnmarshalKeeps(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for i := range 200 {
		got, err := keep.On(pool)(t.Context(), []byte{1, byte(i)})
		require.NoError(t, err)
		require.Equal(t, []byte{1, 0}, got)
	}
}

func TestMarshalBounds(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{MaxMessage: 1000}})
	var large *ipc.TooLargeError
	_, err := turnOpaque.On(pool)(t.Context(), opaque{Err: strings.Repeat("x", 1000)})
	require.ErrorAs(t, err, &large)
	require.Equal(t, ipc.TooLargeError{Func: "turn opaque", What: "argument", Size: 1016, Limit: 1000}, *large)
	_, err = growJSON.On(pool)(t.Context(), 999)
	require.ErrorAs(t, err, &large)
	require.Equal(t, ipc.TooLargeError{Func: "grow JSON", What: "result", Size: 1001, Limit: 1000}, *large)
	_, err = growJSON.OnChunks(pool)(t.Context(), []int{500, 500})
	require.ErrorAs(t, err, &large)
	got, err := growJSON.On(pool)(t.Context(), 998)
	require.NoError(t, err)
	require.Len(t, got, 998)
	require.EqualValues(t, 1, pool.Stats().Spawned)
}

func TestMarshalOptions(t *testing.T) {
	f := func(context.Context, int) (int, error) { return 0, nil }
	require.PanicsWithValue(t, `ipc: Func "half": the argument: of Marshal and Unmarshal one is nil: want both or neither`,
		func() { ipc.Func("half", f, ipc.FuncOptions{Marshal: json.Marshal}) })
	require.PanicsWithValue(t, `ipc: Func "half": the argument: of Marshal and Unmarshal one is nil: want both or neither`,
		func() { ipc.Func("half", f, ipc.FuncOptions{Unmarshal: json.Unmarshal}) })
	require.PanicsWithValue(t, `ipc: Func "typed": the argument: there are Types, which Marshal and Unmarshal know nothing of`, func() {
		ipc.Func("typed", f, ipc.FuncOptions{Marshal: json.Marshal, Unmarshal: json.Unmarshal, Types: []any{1}})
	})
}

// A moody value does something bad, which How names, when it is encoded or decoded:
// at one of these steps of a call.
const (
	asArgument = 1 + iota // encoded here
	overThere             // decoded there
	asResult              // encoded there
	backHere              // decoded here
)

type mood struct {
	How  string
	Step int
}

func (m mood) act(steps ...int) error {
	step := steps[0]
	if ipc.InWorker() {
		step = steps[1]
	}
	if m.Step != step {
		return nil
	}
	switch m.How {
	case "error":
		return errCustom
	case "panic":
		explode("moody")
	case "goexit":
		runtime.Goexit()
	case "exit":
		os.Exit(7)
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return nil
}

func (m mood) encode() ([]byte, error) {
	return []byte{m.How[0], byte(len(m.How)), byte(m.Step)}, m.act(asArgument, asResult)
}

func (m *mood) decode(data []byte) error {
	for _, how := range moods {
		if how[0] == data[0] && len(how) == int(data[1]) {
			*m = mood{how, int(data[2])}
		}
	}
	return m.act(backHere, overThere)
}

var moods = []string{"error", "panic", "goexit", "exit", "crash", "none"}

// The same value with methods of its own, and with functions of the user's.
type (
	moodBinary struct{ mood }
	moodGob    struct{ Mood mood }
)

func (m moodBinary) MarshalBinary() ([]byte, error)     { return m.encode() }
func (m *moodBinary) UnmarshalBinary(data []byte) error { return m.decode(data) }

func (m moodGob) GobEncode() ([]byte, error)   { return m.Mood.encode() }
func (m *moodGob) GobDecode(data []byte) error { return m.Mood.decode(data) }

var (
	sameBinary = ipc.Func("same binary", func(_ context.Context, m moodBinary) (moodBinary, error) { return m, nil })
	sameGob    = ipc.Func("same gob", func(_ context.Context, m moodGob) (moodGob, error) { return m, nil })
	samePlug   = ipc.Func("same plug", func(_ context.Context, m mood) (mood, error) { return m, nil }, ipc.FuncOptions{
		Marshal:   func(v any) ([]byte, error) { return v.(mood).encode() },
		Unmarshal: func(data []byte, v any) error { return v.(*mood).decode(data) },
	})
)

// Whatever a user's code does while it encodes or decodes, it costs that call and, if
// the process ends of it, that worker. ("test_concurrent_futures.test_deadlock")
func TestMoods(t *testing.T) {
	t.Run("BinaryMarshaler", func(t *testing.T) {
		testMoods(t, sameBinary, func(m mood) moodBinary { return moodBinary{m} })
	})
	t.Run("GobEncoder", func(t *testing.T) { testMoods(t, sameGob, func(m mood) moodGob { return moodGob{m} }) })
	t.Run("Marshal", func(t *testing.T) { testMoods(t, samePlug, func(m mood) mood { return m }) })
}

func testMoods[T any](t *testing.T, same *ipc.Function[T, T], in func(mood) T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard}})
	for _, how := range []string{"error", "panic", "goexit", "exit", "crash"} {
		for step := asArgument; step <= backHere; step++ {
			here := step == asArgument || step == backHere
			if here && (how == "exit" || how == "crash") {
				continue // it is this process that would end
			}
			m := in(mood{how, step})
			for chunk, call := range []func() (T, error){
				func() (T, error) { return same.On(pool)(t.Context(), m) },
				func() (T, error) {
					_, err := same.OnChunks(pool)(t.Context(), []T{in(mood{How: "none"}), m})
					return m, err
				},
			} {
				before := pool.Stats()
				e := within(t, func() ending { return endOf(call) })
				what := []any{"%s at step %d, chunk %d", how, step, chunk}
				switch how {
				case "error":
					require.ErrorContains(t, e.err, "ipc: "+same.Name()+": the ", what...)
					require.ErrorContains(t, e.err, errCustom.Error(), what...)
					require.ErrorIs(t, e.err, errCustom, what...)
				case "panic":
					p, over := errors.AsType[*ipc.PanicError](e.err)
					if here {
						require.NoError(t, e.err, what...)
						require.NotNil(t, e.panicked, what...)
						if p, over = e.panicked.(*ipc.PanicError); !over {
							require.Equal(t, "moody", e.panicked)
							break
						}
					}
					require.True(t, over, what...)
					require.Equal(t, "moody", p.Value, what...)
					require.Contains(t, string(p.Stack), "ipc_test.explode", what...)
				case "goexit":
					require.Equal(t, here, e.exited, what...)
					if !here {
						require.Equal(t, ipc.ErrGoexit, e.err, what...)
					}
				default:
					died, ok := errors.AsType[*ipc.ProcessDiedError](e.err)
					require.True(t, ok, what...)
					require.Equal(t, same.Name(), died.Func)
					require.Equal(t, how == "crash", died.Signal == syscall.SIGKILL, what...)
					require.Equal(t, how == "exit", died.ExitCode == 7, what...)
				}
				_, err := same.On(pool)(t.Context(), in(mood{How: "none"}))
				require.NoError(t, err, what...)
				lost := int64(0)
				if how == "exit" || how == "crash" {
					lost = 1
				}
				require.Equal(t, before.Died+lost, pool.Stats().Died, what...)
			}
		}
	}
}

// How a call ended, whatever its caller's own code did.
type ending struct {
	err      error
	panicked any
	exited   bool
}

func endOf[T any](call func() (T, error)) (e ending) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { e.panicked = recover() }()
		e.exited = true
		_, e.err = call()
		e.exited = false
	}()
	<-done
	e.exited = e.exited && e.panicked == nil
	return e
}

// The same holds for processes: what goes wrong here goes wrong for whoever waits.
func TestMoodsOfProcesses(t *testing.T) {
	for _, how := range []string{"panic", "goexit"} {
		p := ipc.NewProcess(samePlug, mood{how, backHere}, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: io.Discard}})
		require.NoError(t, p.Start(t.Context()))
		<-p.Done()
		for range 2 {
			e := endOf(func() (mood, error) { return p.Result(t.Context()) })
			require.Equal(t, how == "goexit", e.exited)
			if how == "panic" {
				pe, ok := e.panicked.(*ipc.PanicError)
				require.True(t, ok)
				require.Equal(t, "moody", pe.Value)
				require.Contains(t, string(pe.Stack), "ipc_test.explode")
			}
		}
		require.Zero(t, p.ExitCode())
	}
	p := ipc.NewProcess(samePlug, mood{"exit", asResult}, ipc.ProcessOptions{Launch: ipc.Launch{Stderr: io.Discard}})
	require.NoError(t, p.Start(t.Context()))
	died, ok := errors.AsType[*ipc.ProcessDiedError](within(t, func() error { return p.Join(t.Context()) }))
	require.True(t, ok)
	require.Equal(t, 7, died.ExitCode)
}
