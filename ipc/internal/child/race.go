//go:build race

package child

// raceDetector says that this program was built with the race detector.
const raceDetector = true
