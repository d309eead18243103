//go:build !unix

package share

// cpu is not known here: no cpu-ns/op is reported.
func cpu() float64 { return 0 }
