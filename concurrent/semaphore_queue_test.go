package concurrent

import "testing"

// Permits that come back after the short way has failed, and before the long way
// has taken the lock, are not overlooked.
func TestSemaphoreReleasedBeforeQueueing(t *testing.T) {
	s := NewSemaphore(3)
	if err := s.wait(t.Context(), 2, nil); err != nil || s.Value() != 1 || s.queue.Len() != 0 {
		t.Errorf("%v, %d permits left, %d wait", err, s.Value(), s.queue.Len())
	}
}
