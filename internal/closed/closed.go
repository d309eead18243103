// Package closed holds what stands for an end that has come: one error and one channel
// for all packages.
package closed

import (
	"errors"
	"io/fs"
)

// Err is the error of what was shut down or closed and takes nothing new. The packages
// that return it export it under the name ErrClosed, so that one errors.Is works for
// all of them.
var Err = errors.New("fanfold: closed")

// Channel is a channel that is closed.
var Channel = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Error returns an error with a text of its own that matches Err.
func Error(text string) error { return named{text} }

type named struct{ text string }

func (n named) Error() string { return n.text }

func (named) Is(target error) bool { return target == Err }

// Descriptor returns an error with a text of its own that matches Err, and fs.ErrClosed
// as the error of a closed file does.
func Descriptor(text string) error { return descriptor{text} }

type descriptor struct{ text string }

func (d descriptor) Error() string { return d.text }

func (descriptor) Is(target error) bool { return target == Err || target == fs.ErrClosed }
