//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// The functions that the tests send to workers.

var errCustom = errors.New("a sentinel of the tests")

func init() { ipc.RegisterError("ipc_test.errCustom", errCustom) }

var (
	square = ipc.Func("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	echo   = ipc.Func("echo", func(_ context.Context, b []byte) ([]byte, error) { return b, nil })
	pid    = ipc.Func("pid", func(context.Context, struct{}) (int, error) { return os.Getpid(), nil })
	grow   = ipc.Func("grow", func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil })
	fail   = ipc.Func("fail", func(_ context.Context, name string) (int, error) { return 0, failures[name] })
	env    = ipc.Func("env", func(_ context.Context, name string) (string, error) { return os.Getenv(name), nil })
	role   = ipc.Func("role", func(context.Context, struct{}) (bool, error) { return ipc.InWorker(), nil })

	// obedient ends when its ctx does, and says why.
	obedient = ipc.Func("obedient", func(ctx context.Context, _ struct{}) (string, error) {
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	// late ends when its ctx does, but successfully.
	late = ipc.Func("late", func(ctx context.Context, _ struct{}) (string, error) {
		<-ctx.Done()
		return "done all the same", nil
	})
	// endless heeds nothing, and never gives up the processor.
	endless = ipc.Func("endless", func(context.Context, struct{}) (int, error) {
		for n := 0; ; n++ {
			if n < 0 {
				return n, nil
			}
		}
	})
	// stuck waits for nothing at all, which in a plain program is a deadlock.
	stuck    = ipc.Func("stuck", func(context.Context, struct{}) (int, error) { select {} })
	deadline = ipc.Func("deadline", func(ctx context.Context, _ struct{}) (time.Duration, error) {
		at, ok := ctx.Deadline()
		if !ok {
			return 0, nil
		}
		return time.Until(at), nil
	})

	panics  = ipc.Func("panics", func(_ context.Context, text string) (int, error) { return explode(text), nil })
	panicsE = ipc.Func("panics with an error", func(context.Context, struct{}) (int, error) { panic(io.ErrUnexpectedEOF) })
	goexits = ipc.Func("goexits", func(context.Context, struct{}) (int, error) { runtime.Goexit(); return 0, nil })

	exits   = ipc.Func("exits", func(_ context.Context, code int) (int, error) { os.Exit(code); return 0, nil })
	crashes = ipc.Func("crashes", func(_ context.Context, text string) (int, error) {
		go explode(text) // where nobody recovers
		select {}
	})
	complains = ipc.Func("complains", func(_ context.Context, text string) (int, error) {
		fmt.Fprintln(os.Stderr, strings.Repeat("…", 5000))
		fmt.Fprintln(os.Stderr, text)
		os.Exit(4)
		return 0, nil
	})
	dies = ipc.Func("dies", func(context.Context, struct{}) (int, error) {
		return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}, ipc.FuncOptions{Idempotent: true})
	// diesOnce dies unless the file is there, and makes it first.
	diesOnce = ipc.Func("dies once", func(_ context.Context, path string) (int, error) {
		if _, err := os.Stat(path); err == nil {
			return os.Getpid(), nil
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return 0, err
		}
		return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}, ipc.FuncOptions{Idempotent: true})
	// babbles writes to the descriptor that replies travel on.
	babbles = ipc.Func("babbles", func(_ context.Context, text string) (int, error) {
		_, err := syscall.Write(4, []byte(text))
		return 0, err
	})
	closes = ipc.Func("closes its pipes", func(context.Context, struct{}) (int, error) {
		_ = syscall.Close(4)
		select {}
	})
	held = ipc.Func("held", func(_ context.Context, v any) (string, error) { return fmt.Sprint(v), nil })
)

func explode(text string) int { panic(text) }

var failures = map[string]error{
	"plain":    errors.New("nothing special"),
	"EOF":      io.EOF,
	"wrapped":  fmt.Errorf("reading: %w", io.ErrUnexpectedEOF),
	"path":     &fs.PathError{Op: "open", Path: "/nowhere", Err: syscall.ENOENT},
	"custom":   fmt.Errorf("really: %w", errCustom),
	"joined":   errors.Join(io.EOF, fmt.Errorf("and %w", syscall.EPERM)),
	"canceled": fmt.Errorf("inner: %w", context.Canceled),
	"rude":     rudeError{},
}

// rudeError panics wherever it can.
type rudeError struct{}

func (rudeError) Error() string   { panic("no text") }
func (rudeError) Is(error) bool   { panic("no identity") }
func (rudeError) Unwrap() []error { panic("no content") }
