//go:build unix

package ipc

import (
	"context"
	"runtime/pprof"
)

// labels marks the goroutine that runs calls with the name of the function, so that
// profiles of a worker tell functions apart. What the function starts inherits that.
type labels struct {
	name  string // of the mark that is set
	mark  context.Context
	marks map[string]context.Context
}

// label is the key of the label.
const label = "ipc.func"

// maxMarks is how many marks are kept: more functions than a program has.
const maxMarks = 1 << 10

// set marks the calling goroutine, and returns the ctx whose mark it is: pprof.Do goes
// back to that of the ctx that it is given. The last call may have left marks of its own.
func (l *labels) set(name string) context.Context {
	if l.name != name || l.mark == nil {
		l.name, l.mark = name, l.markOf(name)
	}
	pprof.SetGoroutineLabels(l.mark)
	return l.mark
}

// markOf returns the ctx with the mark of a function.
func (l *labels) markOf(name string) context.Context {
	mark, ok := l.marks[name]
	if !ok {
		mark = pprof.WithLabels(context.Background(), pprof.Labels(label, name))
		if l.marks == nil || len(l.marks) == maxMarks {
			l.marks = map[string]context.Context{}
		}
		l.marks[name] = mark
	}
	return mark
}
