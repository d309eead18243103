//go:build !lockdebug

package concurrent_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/concurrent"
)

// reporting says that locks are known to those who report.
const reporting = false

func TestDebugLocksOff(t *testing.T) {
	assert.False(t, concurrent.DebugLocks(func(concurrent.LockReport) { assert.Fail(t, "reported") }, 1), "DebugLocks")
	var l concurrent.Lock
	assert.LessOrEqual(t, unsafe.Sizeof(l), uintptr(80), "bytes of a Lock")
}
