package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"sync"

	"github.com/fanfold/fanfold/internal/panics"
)

// sentinels are the errors that keep their identity on the way, by name. The names
// are the wire format: they never change.
var sentinels = struct {
	sync.RWMutex
	byName map[string]error
}{byName: map[string]error{
	"context.Canceled":         context.Canceled,
	"context.DeadlineExceeded": context.DeadlineExceeded,
	"errors.ErrUnsupported":    errors.ErrUnsupported,
	"io.EOF":                   io.EOF,
	"io.ErrUnexpectedEOF":      io.ErrUnexpectedEOF,
	"io.ErrClosedPipe":         io.ErrClosedPipe,
	"io.ErrNoProgress":         io.ErrNoProgress,
	"io.ErrShortBuffer":        io.ErrShortBuffer,
	"io.ErrShortWrite":         io.ErrShortWrite,
	"fs.ErrInvalid":            fs.ErrInvalid,
	"fs.ErrPermission":         fs.ErrPermission,
	"fs.ErrExist":              fs.ErrExist,
	"fs.ErrNotExist":           fs.ErrNotExist,
	"fs.ErrClosed":             fs.ErrClosed,
	"fs.SkipDir":               fs.SkipDir,
	"fs.SkipAll":               fs.SkipAll,
	"os.ErrDeadlineExceeded":   os.ErrDeadlineExceeded,
	"os.ErrNoDeadline":         os.ErrNoDeadline,
	"os.ErrProcessDone":        os.ErrProcessDone,
	"panics.ErrGoexit":         panics.ErrGoexit,
}}

// Register lets a sentinel error keep its identity across processes: what [Unpack]
// returns matches it if what [Pack] was given did. Both processes register it under one
// name. Register panics if err is nil, or if name is empty or taken.
func Register(name string, err error) {
	if err == nil || name == "" {
		panic(fmt.Sprintf("ipc: RegisterError(%q, %v): neither may be empty", name, err))
	}
	sentinels.Lock()
	defer sentinels.Unlock()
	if sentinels.byName[name] != nil {
		panic(fmt.Sprintf("ipc: RegisterError(%q): the name is taken", name))
	}
	sentinels.byName[name] = err
}

// registered returns a copy of the sentinels by name.
func registered() map[string]error {
	sentinels.RLock()
	defer sentinels.RUnlock()
	return maps.Clone(sentinels.byName)
}

// sentinel returns the sentinel of that name, nil if there is none.
func sentinel(name string) error {
	sentinels.RLock()
	defer sentinels.RUnlock()
	return sentinels.byName[name]
}
