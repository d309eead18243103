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
	if os.Getenv(activated) != "" {
		os.Exit(beActivated())
	}
	if os.Getenv(withoutRing) != "" {
		if err := forbidRing(); err != nil {
			panic(err)
		}
	}
	os.Exit(leak.Run(m.Run))
}

// withoutRing is the environment variable that makes the test binary forbid io_uring to
// itself.
const withoutRing = "FANFOLD_IOLOOP_WITHOUT_RING"

// clientOf is the environment variable that makes the test binary a process of clients.
const clientOf = "FANFOLD_IOLOOP_CLIENTS_OF"
