package ioloop_test

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(clientOf); addr != "" {
		os.Exit(beClients(addr))
	}
	os.Exit(leak.Run(m.Run))
}

// clientOf is the environment variable that makes the test binary a process of clients.
const clientOf = "FANFOLD_IOLOOP_CLIENTS_OF"
