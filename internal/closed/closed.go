// Package closed holds what stands for an end that has come: one error and one channel
// for all packages.
package closed

import "errors"

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
