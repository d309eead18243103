package ipc

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestFrames(t *testing.T) {
	frames := []frame{
		{kind: frameHello},
		{kind: frameCall, name: "f", call: 1, deadline: 17, body: []byte("body")},
		{kind: frameCall, name: strings.Repeat("n", maxName), chunk: true, call: 1<<64 - 1, body: make([]byte, 3*bodyStep+1)},
		{kind: frameResult, call: 2, body: []byte{}},
	}
	var stream []byte
	for i := range frames {
		stream = append(appendFrame(stream, &frames[i]), frames[i].body...)
	}
	for name, r := range map[string]io.Reader{
		"whole":  bytes.NewReader(stream),
		"halves": iotest.HalfReader(bytes.NewReader(stream)),
		"bytes":  iotest.OneByteReader(bytes.NewReader(stream)),
	} {
		for i := range frames {
			got, err := readFrame(r, 4*bodyStep, make([]byte, 0, 3))
			require.NoError(t, err, name)
			want := frames[i]
			require.True(t, bytes.Equal(want.body, got.body))
			want.body, got.body = nil, nil
			require.Equal(t, want, got, name)
		}
		_, err := readFrame(r, 1, nil)
		require.Equal(t, io.EOF, err, "the end between two frames is an end")
	}
	for n := 1; n < frames[0].size()+frames[1].size(); n++ {
		r := bytes.NewReader(stream[:n])
		f, err := readFrame(r, 100, nil)
		if err == nil && f.kind == frameHello {
			_, err = readFrame(r, 100, nil)
		}
		require.Error(t, err)
		require.Equal(t, n == headerSize, err == io.EOF, "an end within a frame is unexpected: %d %v", n, err)
	}
}

// An announced length allocates nothing before the bytes are there.
func TestFrameLengthIsNotBelieved(t *testing.T) {
	f := frame{kind: frameResult}
	head := appendFrame(nil, &f)
	head[32+4] = 1 // 4 GiB
	_, err := readFrame(bytes.NewReader(head), 1<<31-1, nil)
	require.ErrorIs(t, err, errProtocol)
	head[32+4], head[32+3] = 0, 0x40 // 1 GiB
	got := testing.AllocsPerRun(1, func() {
		_, err = readFrame(bytes.NewReader(head), 1<<31-1, nil)
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
	good := frame{kind: frameCall, name: "name", call: 3, deadline: 5, body: []byte("body")}
	f.Add(append(appendFrame(nil, &good), good.body...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		got, err := readFrame(r, 1<<20, nil)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(got.body), len(data))
		again := append(appendFrame(nil, &got), got.body...)
		back, err := readFrame(bytes.NewReader(again), 1<<20, nil)
		require.NoError(t, err)
		require.Equal(t, got, back)
	})
}
