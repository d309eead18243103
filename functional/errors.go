package functional

import "errors"

// ErrEmpty reports that the result of no elements is undefined. The operators
// par.Reduce, par.MapReduce, try.Reduce, try.MinBy and try.MaxBy return it.
var ErrEmpty = errors.New("functional: empty input")
