package concurrent

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Permits that come back after the short way has failed, and before the long way
// has taken the lock, are not overlooked.
func TestSemaphoreReleasedBeforeQueueing(t *testing.T) {
	s := NewSemaphore(3)
	assert.NoError(t, s.wait(t.Context(), 2, nil))
	assert.Equal(t, 1, s.Value())
	assert.Zero(t, s.queue.Len())
}
