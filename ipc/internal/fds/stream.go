package fds

// A Stream says what an open file is, and how it was opened.
type Stream struct {
	Socket, Pipe       bool // at most one of them
	Readable, Writable bool // by the mode it was opened with
}

// An End is one of the two ends of a pipe.
type End int

// The ends of a pipe.
const (
	Reads  End = iota // bytes are read from it
	Writes            // bytes are written to it
)
