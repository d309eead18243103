//go:build !linux

package ioloop

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// This system has no ring.

type ring struct{ events iter.Seq[poll.Event] }

func newRing(*Loop) (*ring, error) { return nil, errors.ErrUnsupported }

func (*ring) start() error              { return nil }
func (*ring) stop() error               { return nil }
func (*ring) end()                      {}
func (*ring) abort()                    {}
func (*ring) close()                    {}
func (*ring) wake()                     {}
func (*ring) await(time.Duration) error { return nil }

func openByRing(context.Context, *Loop, string, int, fs.FileMode) *concurrent.Future[*File] {
	return nil
}

func readFileByRing(context.Context, *Loop, string) *concurrent.Future[[]byte] { return nil }

func writeFileByRing(context.Context, *Loop, string, []byte, fs.FileMode) *concurrent.Future[struct{}] {
	return nil
}

func (*File) transferByRing(context.Context, []byte, int64, bool) *concurrent.Future[int] {
	return nil
}

func (*File) syncByRing(context.Context) *concurrent.Future[struct{}] { return nil }
