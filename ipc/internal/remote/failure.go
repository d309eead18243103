package remote

import "github.com/fanfold/fanfold/internal/wire"

// A failure is what travels of an error.
type failure struct {
	Text    string
	Exact   string   // the sentinel that the error is, and does not only wrap
	Is      []string // the sentinels that it wraps
	Errnos  []uint64
	Kind    kind
	Panic   string // what a panic that the error wraps panicked with
	Stack   []byte // of a panic that it wraps
	Size    int    // of a result that was too large
	Partial bool   // it was not encoded to its end
	Item    int    // of the arguments of a chunk, the one that failed, counted from 1; 0 for none
}

// A kind says how a call failed.
type kind uint8

const (
	failed   kind = iota
	heeded        // its ctx ended, and it returned an error that says so
	tooLarge      // its result exceeds the limit
)

// What a failure may take of a message, so that no error is too large itself. A
// stack is worth more than the text of a cancellation's cause.
const (
	maxText      = 64 << 10
	maxCauseText = 1 << 10
	maxErrnos    = 16
)

// MaxSize bounds what [Pack] returns, in bytes.
const MaxSize = 1 << 20

var codec = func() *wire.Codec[failure] {
	c, err := wire.Of[failure]()
	if err != nil {
		panic(err)
	}
	return c
}()
