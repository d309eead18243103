package ipc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// An endless reads as its frame, over and over.
type endless struct{ data, left []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		e.left = e.data
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

func packed(frames ...link.Frame) (data []byte) {
	for _, f := range frames {
		data = f.Append(data)
	}
	return data
}

// Whatever a worker sends for a profile, it ends, and within bounds.
func TestReadProfile(t *testing.T) {
	part := link.Frame{Kind: link.KindResult, Body: []byte("part")}
	read := func(r io.Reader, limit int) (string, error) {
		var out bytes.Buffer
		err := readProfile(context.Background(), r, "heap", &out, limit)
		return out.String(), err
	}
	text, err := read(bytes.NewReader(packed(part, part, link.Frame{Kind: link.KindResult}, part)), 1<<20)
	require.NoError(t, err)
	require.Equal(t, "partpart", text)

	failed := link.Frame{Kind: link.KindError, Body: remote.Pack(context.Background(), io.ErrNoProgress)}
	_, err = read(bytes.NewReader(packed(part, failed)), 1<<20)
	require.ErrorIs(t, err, io.ErrNoProgress)

	text, err = read(&endless{data: packed(part)}, 1000)
	var large *TooLargeError
	require.ErrorAs(t, err, &large)
	require.EqualError(t, err, "ipc: heap: the profile has 1012 bytes, the limit is 1000")
	require.LessOrEqual(t, len(text), 1000)
	_, err = read(&endless{data: packed(link.Frame{Kind: link.KindResult, Body: make([]byte, profilePart)})}, 10<<20)
	require.ErrorAs(t, err, &large)

	for name, data := range map[string][]byte{
		"nothing":     nil,
		"a part":      packed(part),
		"half a part": packed(part)[:10],
		"a call":      packed(link.Frame{Kind: link.KindCall}),
		"a big part":  packed(link.Frame{Kind: link.KindResult, Body: make([]byte, remote.MaxSize+1)}),
		"no frame":    make([]byte, 100),
	} {
		_, err := read(bytes.NewReader(data), 1<<30)
		var lost lostProfile
		require.ErrorAs(t, err, &lost, name)
	}
	full := errors.New("the disk is full")
	err = readProfile(context.Background(), &endless{data: packed(part)}, "heap", failingWriter{full}, 1<<20)
	require.Equal(t, full, err)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
