//go:build race

// Package race says whether the race detector is on, which allocates and makes
// everything slower. Tests ask.
package race

// Enabled reports whether the race detector is on.
const Enabled = true
