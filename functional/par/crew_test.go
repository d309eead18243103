package par

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCrew lets members come and go while the crew is dismissed: those who joined
// are waited for, and nobody joins afterwards.
func TestCrew(t *testing.T) {
	for range 300 {
		var c crew
		var inside atomic.Int64
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			all.Go(func() {
				<-start
				for c.join() {
					inside.Add(1)
					inside.Add(-1)
					c.leave()
				}
			})
		}
		close(start)
		c.dismiss()
		require.Zero(t, inside.Load())
		require.False(t, c.join())
		all.Wait()
		require.Zero(t, inside.Load())
	}
}
