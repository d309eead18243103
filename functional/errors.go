package functional

import "errors"

// ErrEmpty is returned where the result of no items is undefined: par.Reduce
// and par.MapReduce of an empty slice.
var ErrEmpty = errors.New("functional: empty input")
