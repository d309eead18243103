package link

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/internal/futex"
)

// A bell is a word in shared memory that one side sleeps on until the other
// wakes it. It sleeps only after it has said so, and looked once more: the other
// side, which first does what is waited for and then looks at the bell, cannot
// miss that. Both write with Swap: under the race detector, Store orders nothing
// that comes after it.
type bell struct {
	word *atomic.Uint32
	spin int // how often to look before going to sleep; it adapts
}

const (
	awake = iota
	asleep
)

// Looking is a few nanoseconds; maxSpin is 2 to 5 µs.
const (
	minSpin = 100
	maxSpin = 1000
)

// newBell returns the bell at offset. spin says that there are processors enough for
// waiting to be busy for a moment.
func newBell(r ring, offset int, spin bool) bell {
	b := bell{word: r.word(offset)}
	if spin && runtime.GOMAXPROCS(0) > 1 {
		b.spin = maxSpin
	}
	return b
}

// wait blocks until ready reports true. It occupies a thread.
func (b *bell) wait(ready func() bool) {
	for range b.spin {
		if ready() {
			b.spin = min(2*b.spin, maxSpin)
			return
		}
	}
	if b.spin > 0 {
		b.spin = max(b.spin/2, minSpin)
	}
	for !ready() {
		b.word.Swap(asleep)
		if ready() {
			b.word.Store(awake)
			return
		}
		// A second at the latest, so that a worker that plays with the word of its pool
		// cannot make that sleep forever.
		_, _ = futex.Wait(b.word, asleep, time.Second)
	}
}

// ring wakes the other side if it sleeps.
func (b *bell) ring() {
	if b.word.Load() == asleep && b.word.Swap(awake) == asleep {
		futex.Wake(b.word, futex.All)
	}
}
