//go:build !lockdebug

package concurrent_test

import (
	"testing"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
)

// reporting says that locks are known to those who report.
const reporting = false

func TestDebugLocksOff(t *testing.T) {
	want(t, "DebugLocks", concurrent.DebugLocks(func(concurrent.LockReport) { t.Error("reported") }, 1), false)
	var l concurrent.Lock
	if size := unsafe.Sizeof(l); size > 80 {
		t.Errorf("a Lock takes %d bytes", size)
	}
}
