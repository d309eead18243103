package link

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestFrames(t *testing.T) {
	frames := []Frame{
		{Kind: KindHello},
		{Kind: KindCall, Name: "f", Call: 1, Deadline: 17, Body: []byte("body")},
		{Kind: KindCall, Name: strings.Repeat("n", MaxName), Chunk: true, Call: 1<<64 - 1, Body: make([]byte, 3*bodyStep+1)},
		{Kind: KindResult, Call: 2, Body: []byte{}},
	}
	var stream []byte
	for i := range frames {
		stream = frames[i].Append(stream)
	}
	for name, r := range map[string]io.Reader{
		"whole":  bytes.NewReader(stream),
		"halves": iotest.HalfReader(bytes.NewReader(stream)),
		"bytes":  iotest.OneByteReader(bytes.NewReader(stream)),
	} {
		for i := range frames {
			got, err := ReadFrame(r, 4*bodyStep, make([]byte, 0, 3))
			require.NoError(t, err, name)
			want := frames[i]
			require.True(t, bytes.Equal(want.Body, got.Body))
			want.Body, got.Body = nil, nil
			require.Equal(t, want, got, name)
		}
		_, err := ReadFrame(r, 1, nil)
		require.Equal(t, io.EOF, err, "the end between two frames is an end")
	}
	for n := 1; n < frames[0].Size()+frames[1].Size(); n++ {
		r := bytes.NewReader(stream[:n])
		f, err := ReadFrame(r, 100, nil)
		if err == nil && f.Kind == KindHello {
			_, err = ReadFrame(r, 100, nil)
		}
		require.Error(t, err)
		require.Equal(t, n == headerSize, err == io.EOF, "an end within a frame is unexpected: %d %v", n, err)
	}
}

// An announced length allocates nothing before the bytes are there.
func TestFrameLengthIsNotBelieved(t *testing.T) {
	f := Frame{Kind: KindResult}
	head := f.appendHead(nil)
	head[32+4] = 1 // 4 GiB
	_, err := ReadFrame(bytes.NewReader(head), 1<<31-1, nil)
	require.ErrorIs(t, err, ErrProtocol)
	head[32+4], head[32+3] = 0, 0x40 // 1 GiB
	got := testing.AllocsPerRun(1, func() {
		_, err = ReadFrame(bytes.NewReader(head), 1<<31-1, nil)
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, got, 10.0)
}

// What is encoded of 1 MiB is a little more than that: it is read into memory that is
// allocated once.
func TestReadBodyOfRoundSize(t *testing.T) {
	r := bytes.NewReader(make([]byte, 1<<20+10))
	n := r.Len()
	got := testing.AllocsPerRun(1, func() {
		r.Seek(0, io.SeekStart)
		if body, err := readBody(r, n, nil); err != nil || len(body) != n {
			t.Errorf("%d bytes of %d, %v", len(body), n, err)
		}
	})
	require.LessOrEqual(t, got, 1.0)
}

func FuzzReadFrame(f *testing.F) {
	good := Frame{Kind: KindCall, Name: "name", Call: 3, Deadline: 5, Body: []byte("body")}
	f.Add(good.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		got, err := ReadFrame(r, 1<<20, nil)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(got.Body), len(data))
		again := got.Append(nil)
		back, err := ReadFrame(bytes.NewReader(again), 1<<20, nil)
		require.NoError(t, err)
		require.Equal(t, got, back)
	})
}
