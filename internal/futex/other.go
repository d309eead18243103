//go:build !linux

package futex

import (
	"sync/atomic"
	"syscall"
	"time"
)

// A Result says why [Wait] has returned.
type Result uint8

// The results, which nothing returns here.
const (
	Woken Result = iota
	Changed
	TimedOut
)

// All is the n with which [Wake] wakes all that wait.
const All = 1<<31 - 1

// A Word is a word to wait for, and the value that it has until then.
type Word struct {
	Addr  *atomic.Uint32
	Value uint32
}

// MaxWords is how many words [WaitAny] can wait for.
const MaxWords = 128

// Wait returns syscall.ENOSYS.
func Wait(*atomic.Uint32, uint32, time.Duration) (Result, error) { return Woken, syscall.ENOSYS }

// WaitAny returns syscall.ENOSYS.
func WaitAny([]Word, time.Duration) (Result, error) { return Woken, syscall.ENOSYS }

// Wake wakes none.
func Wake(*atomic.Uint32, int) int { return 0 }
