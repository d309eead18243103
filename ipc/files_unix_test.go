//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
)

// A bundle is an argument with open files in several places, and a command.
type bundle struct {
	Do    string
	Text  string
	File  *os.File
	More  []*os.File
	Any   any
	Talk  *conn.Connection
	Death string // what kills the worker, if anything
}

// A parcel is a result of that kind.
type returned struct {
	Text string
	File *os.File
	More []*os.File
	Talk *conn.Connection
}

var unbundle = ipc.Func("files: unbundle", func(ctx context.Context, b bundle) (r returned, err error) {
	defer func() {
		for _, f := range append(b.More, b.File) {
			if f != nil {
				f.Close()
			}
		}
	}()
	switch b.Do {
	case "write": // to each file its name
		for _, f := range append(b.More, b.File) {
			if f == nil {
				r.Text += "nil "
				continue
			}
			if _, err := fmt.Fprintln(f, b.Text, filepath.Base(f.Name())); err != nil {
				return r, err
			}
		}
		if f, ok := b.Any.(*os.File); ok {
			defer f.Close()
			fmt.Fprintln(f, "any", filepath.Base(f.Name()))
		}
	case "talk":
		defer b.Talk.Close()
		text, err := conn.Recv[string](ctx, b.Talk)
		if err != nil {
			return r, err
		}
		return r, conn.Send(ctx, b.Talk, text+" "+text)
	case "pipe":
		var w *os.File
		if r.File, w, err = os.Pipe(); err != nil {
			return r, err
		}
		fmt.Fprint(w, b.Text)
		r.More = []*os.File{nil, w}
	case "connection":
		var theirs *conn.Connection
		if r.Talk, theirs, err = conn.Pipe(); err != nil {
			return r, err
		}
		err = conn.Send(ctx, theirs, b.Text)
		return r, errors.Join(err, theirs.Close())
	case "closed":
		r.File = os.NewFile(99999, "nothing")
		r.File.Close()
	case "large":
		r.Text = string(make([]byte, 1<<20))
		r.File, err = os.Open(os.DevNull)
	case "fail":
		return r, errors.New("no")
	case "panic":
		panic("no")
	case "die":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "wait":
		<-ctx.Done()
		return r, ctx.Err()
	case "hang":
		select {}
	}
	return r, err
}, ipc.FuncOptions{Types: []any{(*os.File)(nil)}})

// openFiles counts the descriptors of the process it runs in.
var openFiles = ipc.Func("files: open", func(context.Context, none) (int, error) { return countFiles() })

func countFiles() (int, error) {
	runtime.GC() // what nobody can close any more
	list, err := os.ReadDir("/dev/fd")
	return len(list), err
}

// shuttle calls unbundle in a pool, whatever is in it.
func bothCarriers(t *testing.T, test func(t *testing.T, call func(context.Context, bundle) (returned, error))) {
	t.Run("pool", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		call := unbundle.On(pool)
		_, err := call(t.Context(), bundle{})
		require.NoError(t, err)
		mine, err := countFiles()
		require.NoError(t, err)
		theirs, err := openFiles.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		test(t, call)
		// Nothing stays on either side.
		require.Eventually(t, func() bool { n, _ := countFiles(); return n <= mine }, 10*time.Second, time.Millisecond)
		var now int
		require.Eventually(t, func() bool {
			now, err = openFiles.On(pool)(t.Context(), none{})
			return err == nil && now <= theirs
		}, 10*time.Second, time.Millisecond, "%d descriptors there, not %d: %v", now, theirs, err)
	})
	t.Run("chunks", func(t *testing.T) {
		pool := newPool(t, ipc.PoolOptions{Workers: 1})
		test(t, func(ctx context.Context, b bundle) (returned, error) {
			list, err := unbundle.OnChunks(pool)(ctx, []bundle{b})
			if err != nil {
				return returned{}, err
			}
			return list[0], nil
		})
	})
	t.Run("process", func(t *testing.T) {
		before := leak.Take()
		test(t, func(ctx context.Context, b bundle) (returned, error) {
			p := ipc.NewProcess(unbundle, b)
			if err := p.Start(ctx); err != nil {
				return returned{}, err
			}
			return p.Result(context.Background())
		})
		runtime.GC()
		require.Empty(t, before.Wait(leak.Grace))
	})
	t.Run("here", func(t *testing.T) { test(t, unbundle.On(loopback{})) })
}

func TestFilesTravel(t *testing.T) {
	bothCarriers(t, func(t *testing.T, call func(context.Context, bundle) (returned, error)) {
		path := filepath.Join(t.TempDir(), "a file")
		f, err := os.Create(path)
		require.NoError(t, err)
		defer f.Close()
		r, err := call(t.Context(), bundle{Do: "write", Text: "hello", File: f, More: []*os.File{f, nil, f}, Any: f})
		require.NoError(t, err)
		require.Equal(t, "nil ", r.Text)
		_, err = f.WriteString("mine")
		require.NoError(t, err, "this end stays open, and shares the position")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "hello a file\nhello a file\nhello a file\nany a file\nmine", string(text))
	})
}

func TestFilesReturn(t *testing.T) {
	bothCarriers(t, func(t *testing.T, call func(context.Context, bundle) (returned, error)) {
		r, err := call(t.Context(), bundle{Do: "pipe", Text: "from there"})
		require.NoError(t, err)
		defer r.File.Close()
		require.Nil(t, r.More[0])
		require.NoError(t, r.More[1].Close())
		text, err := io.ReadAll(r.File)
		require.NoError(t, err)
		require.Equal(t, "from there", string(text))

		r, err = call(t.Context(), bundle{Do: "connection", Text: "a message"})
		require.NoError(t, err)
		got, err := conn.Recv[string](t.Context(), r.Talk)
		require.NoError(t, err)
		require.Equal(t, "a message", got)
		_, err = conn.Recv[string](t.Context(), r.Talk)
		require.Equal(t, io.EOF, err)
		require.NoError(t, r.Talk.Close())

		r, err = call(t.Context(), bundle{Do: "large"})
		require.NoError(t, err)
		require.Len(t, r.Text, 1<<20)
		require.NoError(t, r.File.Close())
	})
}

func TestConnectionsTravel(t *testing.T) {
	bothCarriers(t, func(t *testing.T, call func(context.Context, bundle) (returned, error)) {
		mine, theirs, err := conn.Pipe()
		require.NoError(t, err)
		defer mine.Close()
		defer theirs.Close()
		require.NoError(t, conn.Send(t.Context(), mine, "hear"))
		_, err = call(t.Context(), bundle{Do: "talk", Talk: theirs})
		require.NoError(t, err)
		text, err := conn.Recv[string](t.Context(), mine)
		require.NoError(t, err)
		require.Equal(t, "hear hear", text)

		// What was received here and not taken would be lost.
		require.NoError(t, conn.Send(t.Context(), mine, "one"))
		require.NoError(t, conn.Send(t.Context(), mine, "two"))
		_, err = conn.Recv[string](t.Context(), theirs)
		require.NoError(t, err)
		_, err = call(t.Context(), bundle{Do: "talk", Talk: theirs})
		require.ErrorContains(t, err, "Talk: sending it: the connection has received what was not taken")
	})
}

func TestFilesMisused(t *testing.T) {
	bothCarriers(t, func(t *testing.T, call func(context.Context, bundle) (returned, error)) {
		f, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer f.Close()
		closed, err := os.Open(os.DevNull)
		require.NoError(t, err)
		closed.Close()
		ctx := t.Context()
		_, err = call(ctx, bundle{Do: "write", More: []*os.File{f, closed}})
		require.ErrorIs(t, err, os.ErrClosed)
		require.ErrorContains(t, err, "More[1]")
		many := make([]*os.File, 65)
		for i := range many {
			many[i] = f
		}
		_, err = call(ctx, bundle{More: many})
		require.ErrorIs(t, err, ipc.ErrManyFiles)
		require.ErrorContains(t, err, "More[64]")
		require.ErrorContains(t, err, "no more than 64")
		_, err = call(ctx, bundle{More: many[1:]})
		require.NoError(t, err)
		_, err = call(ctx, bundle{More: many[1:], Text: string(make([]byte, 1<<20))})
		require.NoError(t, err, "and a body that is one, too")
		_, err = call(ctx, bundle{Do: "closed"})
		require.ErrorIs(t, err, os.ErrClosed)
		require.ErrorContains(t, err, "the result")
	})
}

// However a call ends that had files: none stays.
func TestFilesOfFailedCalls(t *testing.T) {
	for _, do := range []string{"fail", "panic", "die", "wait", "hang"} {
		t.Run(do, func(t *testing.T) {
			bothCarriers(t, func(t *testing.T, call func(context.Context, bundle) (returned, error)) {
				if _, name := filepath.Split(t.Name()); name == "here" && do != "fail" {
					t.Skip("not in this process")
				}
				r, w, err := os.Pipe()
				require.NoError(t, err)
				defer r.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				if do == "wait" || do == "hang" {
					cancel()
					ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
				}
				defer cancel()
				_, err = call(ctx, bundle{Do: do, File: w, More: []*os.File{w, w}})
				require.Error(t, err)
				w.Close()
				end := make(chan error, 1)
				go func() { _, err := r.Read(make([]byte, 1)); end <- err }()
				require.Equal(t, io.EOF, within(t, func() error { return <-end }), "somebody has the other end still")
			})
		})
	}
}

// Calls with files and calls without, small and large, share workers.
func TestFilesAmongOthers(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	items := make([]int, 400)
	for i := range items {
		items[i] = i
	}
	_, err = par.Map(t.Context(), items, func(ctx context.Context, i int) (struct{}, error) {
		switch i % 4 {
		case 0:
			_, err := unbundle.On(pool)(ctx, bundle{File: f, Text: string(make([]byte, i*2000))})
			return struct{}{}, err
		case 1:
			b := bytes.Repeat([]byte{byte(i)}, i*2000)
			got, err := echo.On(pool)(ctx, b)
			if err == nil && !bytes.Equal(b, got) {
				err = errors.New("another answer")
			}
			return struct{}{}, err
		default:
			n, err := square.On(pool)(ctx, i)
			if err == nil && n != i*i {
				err = errors.New("another answer")
			}
			return struct{}{}, err
		}
	}, par.Options{Workers: 8})
	require.NoError(t, err)
}

// An Initializer has its files in every worker.
func TestFilesOfInitializers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(path)
	require.NoError(t, err)
	o := ipc.PoolOptions{Workers: 2, Min: 2, Initializer: unbundle.Bind(bundle{Do: "write", Text: "a worker", File: f})}
	f.Close()
	pool := newPool(t, o)
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(path)
		return string(text) == "a worker log\na worker log\n"
	}, 10*time.Second, time.Millisecond)
	_ = pool
}

// What files are lost on the way, for want of room, is an error of that call.
func TestFilesWithoutRoom(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Limits: ipc.Limits{Files: 32}}})
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	many := make([]*os.File, 64)
	for i := range many {
		many[i] = f
	}
	before, err := openFiles.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	_, err = unbundle.On(pool)(t.Context(), bundle{More: many})
	require.ErrorIs(t, err, syscall.EMFILE)
	after, err := openFiles.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// Workers are killed at any moment of calls that files and sealed memory go with, both
// ways: each call ends, and no descriptor is left.
func TestFilesUnderKills(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	before, err := countFiles()
	require.NoError(t, err)
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	var succeeded, failed atomic.Int32
	stop, killed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(killed)
		// Kills fall anywhere in a call, but calls are to succeed in between, however
		// slowly workers start here.
		pause, last := 16*time.Millisecond, int32(0)
		for {
			select {
			case <-stop:
				return
			case <-time.After(pause):
			}
			for _, w := range pool.Workers() {
				syscall.Kill(w.Pid, syscall.SIGKILL)
			}
			if n := succeeded.Load(); n == last {
				pause = min(2*pause, time.Second)
			} else {
				pause, last = max(pause/2, 4*time.Millisecond), n
			}
		}
	}()
	_, err = par.Map(t.Context(), make([]int, effort.Times(30, 15, 500)), func(ctx context.Context, _ int) (struct{}, error) {
		r, err := unbundle.On(pool)(ctx, bundle{Do: "large", Text: string(make([]byte, 600<<10)), More: []*os.File{f, f, f}})
		if r.File != nil {
			r.File.Close()
		}
		switch {
		case errors.Is(err, ipc.ErrProcessDied), errors.Is(err, ipc.ErrStart):
			failed.Add(1)
			err = nil
		case err == nil:
			succeeded.Add(1)
		}
		return struct{}{}, err
	}, par.Options{Workers: 4})
	close(stop)
	<-killed
	require.NoError(t, err)
	t.Logf("%d calls succeeded, %d failed", succeeded.Load(), failed.Load())
	require.NotZero(t, succeeded.Load())
	require.NotZero(t, failed.Load())
	pool.Close()
	require.Eventually(t, func() bool { n, _ := countFiles(); return n <= before }, 10*time.Second, 10*time.Millisecond)
}
