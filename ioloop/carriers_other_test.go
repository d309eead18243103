//go:build !unix || aix

package ioloop_test

import (
	"testing"

	"github.com/fanfold/fanfold/ioloop"
)

// poolAndRing runs a test with files on a pool: this system has no ring.
func poolAndRing(t *testing.T, test func(*testing.T, *ioloop.Loop)) {
	t.Helper()
	t.Run("pool", func(t *testing.T) { test(t, idle(t)) })
}
