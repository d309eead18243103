//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/examples/internal/regular"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
)

// A verdict is what is known of one file.
type verdict struct{ kind, text string }

// judge returns a function that looks into a file, in pool. It has no opinion only if
// ctx ends.
func judge(pool *ipc.Pool, limit time.Duration) func(context.Context, string) (verdict, error) {
	return func(ctx context.Context, path string) (verdict, error) {
		bounded, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		k, err := kindOf(path)
		if err != nil {
			return verdict{"", sentence("", err)}, nil
		}
		begun := time.Now()
		found, err := inspect.On(pool)(bounded, subject{path, k})
		log.Printf("%s took %v", stdout.Name(filepath.Base(path)), time.Since(begun).Round(time.Millisecond))
		if ctx.Err() != nil {
			return verdict{}, context.Cause(ctx)
		}
		return verdict{k, sentence(found, err)}, nil
	}
}

// sentence says how looking into a file ended.
func sentence(found string, err error) string {
	died, crashed := errors.AsType[*ipc.ProcessDiedError](err)
	switch {
	case err == nil:
		return "ok: " + found
	case errors.Is(err, ipc.ErrMemoryLimit):
		return "over memory"
	case errors.Is(err, context.DeadlineExceeded):
		return "over time"
	case crashed && (died.Signal == syscall.SIGXCPU || died.Signal == syscall.SIGKILL):
		return "over time" // on the processor: that is how the system ends who has used it up
	case crashed:
		return fmt.Sprintf("crashed: %v", err)
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err // the table names the file
	}
	return "refused: " + err.Error()
}

// kindOf tells what a file claims to be by its first bytes, which are only compared.
func kindOf(path string) (string, error) {
	f, err := regular.Open(path) // opening a named pipe would wait for ever
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	return sniff(head[:n]), nil
}
