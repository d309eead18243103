package shared_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanfold/fanfold/ipc/shm"
)

// BenchmarkLoad reads a value of 64 bytes.
func BenchmarkLoad(b *testing.B) {
	b.Run("impl=sync.RWMutex", func(b *testing.B) {
		var (
			l sync.RWMutex
			v [8]int64
		)
		for b.Loop() {
			l.RLock()
			got := v
			l.RUnlock()
			if got[7] != 0 {
				b.Fatal(got)
			}
		}
	})
	b.Run("impl=fanfold", func(b *testing.B) {
		v := must(shm.NewValue(newMemory(b), [8]int64{}))(b)
		for b.Loop() {
			if got := v.Load(); got[7] != 0 {
				b.Fatal(got)
			}
		}
	})
}

// BenchmarkAdd adds one to a number.
func BenchmarkAdd(b *testing.B) {
	b.Run("impl=atomic.Int64", func(b *testing.B) {
		n := new(atomic.Int64)
		for b.Loop() {
			n.Add(1)
		}
	})
	b.Run("impl=fanfold", func(b *testing.B) {
		n := must(shm.NewNumber(newMemory(b), 0))(b)
		for b.Loop() {
			n.Add(1)
		}
	})
}
