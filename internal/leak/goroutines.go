package leak

import (
	"bytes"
	"runtime"
	"strings"
)

// ignored are goroutines that the runtime, the standard library or the test
// binary itself keeps for the life of the process.
var ignored = []string{
	"testing.Main(",
	"testing.(*M).",
	"testing.runFuzz",
	"testing.tRunner.func", // a parent test waiting for its children
	"os/signal.signal_recv",
	"os/signal.loop",
	"runtime.ensureSigM",
	"runtime/pprof.profileWriter",
	"created by runtime.gc",
	"internal/fuzz.",
	"runtime.goexit0",
	"github.com/fanfold/fanfold/internal/leak.goroutines(", // ourselves
}

// goroutines adds every goroutine that is not ignored.
func goroutines(s Snapshot) {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
next:
	for trace := range bytes.SplitSeq(buf, []byte("\n\n")) {
		text := string(trace)
		for _, skip := range ignored {
			if strings.Contains(text, skip) {
				continue next
			}
		}
		// "goroutine 17 [chan receive]:": the number is never reused.
		head, _, _ := strings.Cut(text, " [")
		s[head] = text
	}
}
