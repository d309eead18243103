//go:build !unix

package conn

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

var errUnsupported = fmt.Errorf("conn: connections on %s: %w", runtime.GOOS, errors.ErrUnsupported)

func listenAt(string) (*os.File, fs.FileInfo, error) { return nil, nil, errUnsupported }

func acceptOn(int, string) (f *os.File, done bool, err error) { return nil, true, errUnsupported }

func dialTo(context.Context, string) (*os.File, error) { return nil, errUnsupported }
