package functional

import "github.com/fanfold/fanfold/internal/indexed"

// An IndexError is the error of one element: Index is the position of that element,
// counted from 0, and Err what went wrong there. The operators of package par return the
// errors of items as *IndexError, and try.Indexed makes them. Its text is that of Err
// with the index before it. The error matches what Err matches.
type IndexError = indexed.IndexError
