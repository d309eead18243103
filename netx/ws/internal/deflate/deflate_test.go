package deflate

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

var errTest = errors.New("test")

func double(b []byte) []byte { return append(make([]byte, 0, 2*cap(b)+16), b...) }

// inputs are of many kinds: repeated, random, short, long.
func inputs() map[string][]byte {
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(rand.IntN(256))
	}
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, `{"id":%d,"name":"name %d"},`, i, i*i)
	}
	return map[string][]byte{
		"nothing": {}, "a byte": {1}, "zeros": make([]byte, 100_000), "random": random, "text": []byte(text.String()), "short text": []byte(text.String()[:300]),
	}
}

func TestRoundTrip(t *testing.T) {
	for name, want := range inputs() {
		for bits := 8; bits <= MaxBits; bits++ {
			packed, err := Append(t.Context(), []byte("before"), want, bits, true)
			require.NoError(t, err)
			packed, found := bytes.CutPrefix(packed, []byte("before"))
			require.True(t, found)
			for _, r := range []io.Reader{bytes.NewReader(packed), iotest.OneByteReader(bytes.NewReader(packed)), iotest.DataErrReader(bytes.NewReader(packed))} {
				got, err := Inflate([]byte("x"), r, len(want), double)
				require.NoError(t, err, name)
				require.True(t, "x"+string(want) == string(got), "%s, %d bits", name, bits)
			}
		}
	}
}

// No distance is larger than the window: every piece of that size can be inflated by itself.
func TestWindows(t *testing.T) {
	for name, want := range inputs() {
		for bits := 8; bits < MaxBits; bits++ {
			var packed []byte
			for rest := want; len(rest) > 0; {
				piece := rest[:min(len(rest), 1<<bits)]
				rest = rest[len(piece):]
				alone, err := Append(t.Context(), nil, piece, MaxBits, len(rest) == 0)
				require.NoError(t, err)
				packed = append(packed, alone...)
			}
			got, err := Append(t.Context(), nil, want, bits, true)
			require.NoError(t, err)
			if len(want) > 0 {
				require.True(t, bytes.Equal(packed, got), "%s, %d bits", name, bits)
			}
		}
	}
}

// The pieces of a message one after the other are the message.
func TestPieces(t *testing.T) {
	var packed []byte
	var err error
	for i, piece := range []string{"Hello", "", ", ", "World", "", "!"} {
		packed, err = Append(t.Context(), packed, []byte(piece), 9, i == 5)
		require.NoError(t, err)
	}
	got, err := Inflate(nil, bytes.NewReader(packed), 100, double)
	require.NoError(t, err)
	require.Equal(t, "Hello, World!", string(got))
}

func TestLimit(t *testing.T) {
	packed, err := Append(t.Context(), nil, make([]byte, 1<<20), MaxBits, true)
	require.NoError(t, err)
	for _, limit := range []int{0, 1, 1000, 1<<20 - 1} {
		got, err := Inflate(nil, bytes.NewReader(packed), limit, double)
		require.Equal(t, ErrLimit, err)
		require.LessOrEqual(t, len(got), limit)
		require.LessOrEqual(t, cap(got), 2*limit+16)
	}
	got, err := Inflate(make([]byte, 0, 1<<20), bytes.NewReader(packed), 1<<20, func([]byte) []byte { panic("there is room") })
	require.NoError(t, err)
	require.Len(t, got, 1<<20)
}

func TestCorrupt(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"a last block that takes of the ending": {"\x01\x04\x00\xfb\xff", io.ErrUnexpectedEOF},
		"a length that is cut off":              {"\x00\x05", flate.CorruptInputError(5)},
		"a reserved block":                      {"\xff", flate.CorruptInputError(1)},
	} {
		_, err := Inflate(nil, strings.NewReader(c.in), 100, double)
		assert.Equal(t, c.want, err, name)
		z := NewReader(strings.NewReader(c.in))
		_, err = io.ReadAll(z)
		assert.Equal(t, c.want, err, name)
		assert.True(t, z.Corrupt(), name)
		z.Close()
	}
	z := NewReader(io.MultiReader(strings.NewReader("\xf2\x48"), iotest.ErrReader(errTest)))
	defer z.Close()
	for range 2 {
		_, err := io.ReadAll(z)
		assert.Equal(t, errTest, err)
		assert.False(t, z.Corrupt())
	}
}

// There are as many compressors as there may be goroutines running, and a caller that waits
// for one can give up.
func TestSlots(t *testing.T) {
	n := slots.Value()
	require.NoError(t, slots.Acquire(t.Context(), n))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errTest)
	got, err := Append(ctx, []byte("x"), nil, MaxBits, true)
	require.Equal(t, errTest, err)
	require.Equal(t, "x", string(got))
	var packing sync.WaitGroup
	for range 10 {
		packing.Go(func() {
			if _, err := Append(t.Context(), nil, make([]byte, 1000), MaxBits, true); err != nil {
				t.Error(err)
			}
		})
	}
	slots.Release(n)
	packing.Wait()
	require.Equal(t, n, slots.Value())
}

// Nothing makes the inflater panic or go beyond its limit, and what can be inflated can be
// compressed and inflated again.
func FuzzInflate(f *testing.F) {
	f.Add([]byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), uint16(100))
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), uint16(5))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, packed []byte, limit uint16) {
		got, err := Inflate(nil, bytes.NewReader(packed), int(limit), double)
		if len(got) > int(limit) {
			t.Fatal(len(got), limit)
		}
		z := NewReader(iotest.OneByteReader(bytes.NewReader(packed)))
		defer z.Close()
		slow, slowErr := io.ReadAll(io.LimitReader(z, int64(limit)+1))
		if err == nil && (slowErr != nil || !bytes.Equal(got, slow)) {
			t.Fatal(slowErr)
		}
		if err != nil && err != ErrLimit && slowErr == nil {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		again, err := Append(t.Context(), nil, got, 9, true)
		if err == nil {
			again, err = Inflate(nil, bytes.NewReader(again), len(got), double)
		}
		if err != nil || !bytes.Equal(got, again) {
			t.Fatal(err)
		}
	})
}
