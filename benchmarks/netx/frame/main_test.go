//go:build linux

package frame_test

import (
	"fmt"
	"os"
	"testing"
)

// The variables that say what a process of this program does instead of testing.
const (
	serverRole = "FANFOLD_FRAME_SERVER" // the name of a server
	clientRole = "FANFOLD_FRAME_CLIENT" // what its client is to do
)

func TestMain(m *testing.M) {
	if name := os.Getenv(serverRole); name != "" {
		exit(serve(name))
	}
	if task := os.Getenv(clientRole); task != "" {
		exit(request(task))
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "frame:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
