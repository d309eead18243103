package par

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHelpers lets helpers come and go while they are dismissed: those that joined
// are waited for, and none joins afterwards.
func TestHelpers(t *testing.T) {
	for range 300 {
		var h helpers
		var inside atomic.Int64
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			all.Go(func() {
				<-start
				for h.join() {
					inside.Add(1)
					inside.Add(-1)
					h.leave()
				}
			})
		}
		close(start)
		h.dismiss()
		require.Zero(t, inside.Load())
		require.False(t, h.join())
		all.Wait()
		require.Zero(t, inside.Load())
	}
}
