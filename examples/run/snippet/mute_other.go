//go:build !unix

package main

import "os"

// _mute hides what is written to os.Stdout and os.Stderr until the function that it returns
// is called.
func _mute() func() {
	stdout, stderr := os.Stdout, os.Stderr
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	os.Stdout, os.Stderr = null, null
	return func() {
		os.Stdout, os.Stderr = stdout, stderr
		null.Close()
	}
}
