package child

import "time"

// Limits are what a child may use of the machine. Zero fields mean no limit but those
// of the parent. They have the fields of ipc.Limits, which says what each is.
type Limits struct {
	Memory   int64
	CPU      time.Duration
	Files    int
	FileSize int64
	NoCore   bool
}

// emptyData is what a program that does nothing has of data, most of which it never
// touches.
const emptyData = 80 << 20
