package frame

import (
	"fmt"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options are the options of a [Conn]. Zero values are the defaults.
type Options struct {
	// MaxMessage is the length of the longest message that is read, in bytes. A longer
	// one closes the connection with a [*TooLargeError]. Zero means 1 MiB. It does not
	// bound what is written.
	MaxMessage int
	// Buffer is the size of the buffer for reading, in bytes, and how much may wait to be
	// written. A connection has them while bytes are in them. Zero means 16 KiB. It grows
	// for a message that is longer.
	Buffer int
}

// connOptions returns the options with their defaults.
func connOptions(op string, options []Options) Options {
	o := optional.One("frame", op, options)
	o.fill(op)
	return o
}

func (o *Options) fill(op string) {
	if o.MaxMessage < 0 || o.Buffer < 0 {
		panic(fmt.Sprintf("frame: %s with MaxMessage %d, Buffer %d", op, o.MaxMessage, o.Buffer))
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 1 << 20
	}
	if o.Buffer == 0 {
		o.Buffer = 16 << 10
	}
}
