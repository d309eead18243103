package ioloop

// SetRingBuffers changes the buffers of the rings that are made from now on.
func SetRingBuffers(count, size int) (restore func()) {
	oldCount, oldSize := ringBuffers, ringBufferSize
	ringBuffers, ringBufferSize = count, size
	return func() { ringBuffers, ringBufferSize = oldCount, oldSize }
}

// RingUsesBuffers reports whether the buffers of a loop's ring may have memory.
func RingUsesBuffers(l *Loop) bool { return l.ring.uring.Buffers().Used() }
