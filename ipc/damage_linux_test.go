package ipc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// A damage is what writesOver writes over the memory that its worker shares with the pool.
type damage struct {
	Byte  byte
	Words bool // only the first word of each 64 bytes
	Hangs bool
}

// writesOver damages all rings that its process has mapped.
var writesOver = ipc.Func("ipc_test.writesOver", func(_ context.Context, d damage) (int, error) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0, err
	}
	defer maps.Close()
	found := 0
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var begin, end uintptr
		if !strings.Contains(lines.Text(), "fanfold-ring") {
			continue
		}
		if _, err = fmt.Sscanf(lines.Text(), "%x-%x", &begin, &end); err != nil {
			return 0, err
		}
		found++
		memory := unsafe.Slice((*byte)(pointer(begin)), int(end-begin))
		for i := range memory {
			if !d.Words || i%64 < 4 {
				memory[i] = d.Byte
			}
		}
	}
	if found == 0 {
		return 0, errors.New("no ring")
	}
	if d.Hangs {
		select {}
	}
	return 1, nil
})

// A function that writes over the memory that its worker shares with the pool costs its
// own call, at once: no call waits for ever, and the pool goes on.
func TestDamagedRing(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard}})
	if _, err := writesOver.On(newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard}}))(t.Context(), damage{Byte: 2}); err != nil && err.Error() == "no ring" {
		t.Skip("pipes")
	}
	for _, b := range []byte{0, 11, 0xff} {
		for _, words := range []bool{false, true} {
			d := damage{b, words, b == 0xff && words}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			_, err := writesOver.On(pool)(ctx, d)
			if err != nil {
				require.ErrorIs(t, err, ipc.ErrProcessDied, "%+v", d)
			}
			got, err := square.On(pool)(ctx, 3)
			cancel()
			require.NoError(t, err, "%+v", d)
			require.Equal(t, 9, got)
		}
	}
}
