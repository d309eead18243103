package main

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if log := os.Getenv(fakeLog); log != "" {
		os.Exit(fakeBenchmarks(log))
	}
	os.Exit(leak.Run(m.Run))
}
