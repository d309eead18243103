// Package deflate compresses the messages of permessage-deflate (RFC 7692), each by
// itself: nothing of one message is used for the next.
package deflate

import (
	"bytes"
	"compress/flate"
	"context"
	"io"
	"runtime"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
)

// MaxBits is the window that needs no care: that of DEFLATE itself.
const MaxBits = 15

// tail ends what a compressor flushes: an empty block that is stored. Messages travel
// without it.
const tail = "\x00\x00\xff\xff"

// A compressor takes some 800 kB. Compression is work for a processor, so there are as
// many in use as there may be goroutines running, however many connections there are.
// One is held for the time of a call, never while a peer or a caller is waited for.
var (
	slots       = concurrent.NewSemaphore(max(runtime.GOMAXPROCS(0), 1))
	compressors = sync.Pool{New: func() any {
		w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}
)

// Append appends data to dst, compressed for a peer with a window of 2^bits bytes, from 8
// to 15. The last piece of a message lacks the tail that RFC 7692, section 7.2.1, has
// removed. Append waits for a compressor, and returns the cause of ctx when that ends
// first; dst is unchanged then.
//
// The compressor of the standard library has a window of 2^15 bytes. It starts anew every
// 2^bits bytes, so that no distance is larger than the window of the peer.
func Append(ctx context.Context, dst, data []byte, bits int, last bool) ([]byte, error) {
	if err := slots.Acquire(ctx, 1); err != nil {
		return dst, err
	}
	defer slots.Release(1)
	w := compressors.Get().(*flate.Writer)
	out := bytes.NewBuffer(dst)
	for begun := false; !begun || len(data) > 0; begun = true {
		n := len(data)
		if bits < MaxBits {
			n = min(n, 1<<bits)
		}
		w.Reset(out)
		// Neither fails: a bytes.Buffer takes everything.
		_, _ = w.Write(data[:n])
		_ = w.Flush()
		data = data[n:]
	}
	w.Reset(io.Discard)
	compressors.Put(w)
	packed := out.Bytes()
	if last {
		packed = packed[:len(packed)-len(tail)]
	}
	return packed, nil
}
