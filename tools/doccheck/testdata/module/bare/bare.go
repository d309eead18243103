package bare

import "io"

const Limit = 1

// A group's comment will do for its constants.
const (
	First = iota
	Second
)

var (
	Shown  = 1 // a comment on the line will do
	hidden = Limit
	Bare   = hidden
)

func Do() {}

//go:noinline
func Directive() {}

type Options struct {
	// Documented is.
	Documented int
	Line       int // is, too
	A, B       int
	Nested     struct{ Deep int }
	io.Reader

	private int
}

// A group's comment will not do for its types.
type (
	// Noun has methods, but no example.
	Noun[T any] struct{ value T }

	Grouped int
)

// Documented is a method with a comment.
func (n *Noun[T]) Documented() T { return n.value }

func (n *Noun[T]) Bare() {}

// A Pair has two type parameters.
type Pair[A, B any] struct{}

func (Pair[A, B]) Bare() {}

type Doer interface {
	// Documented is.
	Documented()
	Do()
	io.Closer
}

type unexported struct{ Field int }

func (unexported) Method() {}

// Alias is documented.
type Alias = Options

// Failure is an error, which needs no example.
type Failure struct{ private int }

// Error is documented.
func (Failure) Error() string { return "" }
