// Package closed holds the error of what takes nothing new. The packages that return
// it export it under the name ErrClosed, so that one errors.Is works for all of them.
package closed

import "errors"

// Err is the error of what was shut down or closed.
var Err = errors.New("fanfold: closed")
