//go:build !linux

package concurrent_test

// threadID tells the thread that runs the caller from others; nil where it cannot.
func threadID() any { return nil }
