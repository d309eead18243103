package multipart

import (
	"fmt"

	"github.com/fanfold/fanfold/internal/optional"
)

// Limits bound what a [Reader] takes from a stranger. Zero values are the defaults.
type Limits struct {
	Parts       int   // in a body; 1,000
	Headers     int   // of a part, in lines; 16
	HeaderBytes int   // of a part; 8 KiB
	Preamble    int64 // bytes before the first part, and as many after the last; 4 KiB
	Buffer      int   // bytes of the largest window; 512 KiB, at least 16 KiB
}

// smallest is the size of the window that each Reader begins with.
const smallest = 16 << 10

func limits(options []Limits) Limits {
	l := optional.One("multipart", "NewReader", options)
	for _, field := range []struct {
		name    string
		value   *int
		without int
	}{{"Parts", &l.Parts, 1000}, {"Headers", &l.Headers, 16}, {"HeaderBytes", &l.HeaderBytes, 8 << 10}, {"Buffer", &l.Buffer, 512 << 10}} {
		if *field.value < 0 {
			panic(fmt.Sprintf("multipart: NewReader with Limits.%s %d", field.name, *field.value))
		}
		if *field.value == 0 {
			*field.value = field.without
		}
	}
	if l.Preamble < 0 {
		panic(fmt.Sprintf("multipart: NewReader with Limits.Preamble %d", l.Preamble))
	}
	if l.Preamble == 0 {
		l.Preamble = 4 << 10
	}
	// A window holds all headers of a part, and more than a boundary.
	l.Buffer = max(l.Buffer, smallest, 2*l.HeaderBytes)
	return l
}
