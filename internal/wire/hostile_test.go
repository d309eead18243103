package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Short inputs that claim to be long must cost little before they fail.
func TestHostile(t *testing.T) {
	lengths := []uint64{1 << 20, 1 << 31, 1 << 32, 1 << 60, math.MaxInt64, math.MaxUint64}
	t.Run(testHostile[string]("string", lengths, nil))
	t.Run(testHostile[[]byte]("bytes", lengths, nil))
	t.Run(testHostile[[]int]("ints", lengths, nil))
	t.Run(testHostile[[]string]("strings", lengths, nil))
	t.Run(testHostile[[]struct{}]("nothing", lengths, nil))
	t.Run(testHostile[[][0]string]("no strings", lengths, nil))
	t.Run(testHostile[map[string]string]("map", lengths, nil))
	t.Run(testHostile[map[struct{}]struct{}]("map of nothing", lengths, nil))
	t.Run(testHostile[map[struct{}]int]("map of units", lengths, make([]byte, 100)))
	t.Run(testHostile[any]("name", lengths, nil))
	t.Run(testHostile[time.Time]("method", lengths, nil))
	t.Run(testHostile[*[1 << 24]int64]("big array", []uint64{1}, make([]byte, 100)))
	t.Run(testHostile[[]*[1 << 20]string]("big arrays", []uint64{101}, bytes.Repeat([]byte{1}, 100)))
	t.Run(testHostile[*[1 << 24]bits]("registered", []uint64{1}, nil))
}

type bits [8]bool

func testHostile[T any](name string, lengths []uint64, tail []byte) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		c, _ := of[T](t)
		for _, n := range lengths {
			src := append(binary.AppendUvarint(nil, n), tail...)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			c.Decode(src)
			c.DecodeSlice(nil, src)
			assert.LessOrEqual(t, time.Since(start), 20*time.Second, "time for %x", src)
			runtime.ReadMemStats(&after)
			assert.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(512<<10), "bytes allocated for %x", src)
		}
	}
}
