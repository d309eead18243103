// Package wordy lacks nothing but good prose. Nobody
// waits
// for ever.
package wordy

// Limits is what there is: a group's comment is read once.
const (
	Low    = iota // somebody's
	High          // high
	hidden        // nobody's
)

// A group's comment is read. It was cancelled.
type (
	// Hidden is exported. Its fields are read, and are its methods.
	Hidden struct {
		// Field is anybody's.
		Field int
		// private is nobody's.
		private int
	}

	// other is for whoever reads the source.
	other struct{}
)

/*
Do has a comment of several lines.

It blocks lest
it returns.
*/
func Do() {}

// Do is private: whoever calls it sees the source.
func (other) Do() {}

// Long has one two three four five six seven eight nine ten eleven twelve
// thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty 21 22 23
// 24 25 26 27 28 29 30 31 32 33 34.
//
//go:noinline
func Long() {}
