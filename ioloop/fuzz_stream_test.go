//go:build unix && !aix

package ioloop_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// fuzzed are what streams of fuzz targets go through.
var fuzzed = []carrier{{"memory", poll.Best, dialMemory}, {"unix", poll.Best, dialUnix}, {"unix, ring", onRing, dialUnix}}

// A cutting is a stream, and how it is cut into pieces: a piece per byte of cuts, whose low
// seven bits are its length less one. The loop takes a turn before what follows a piece whose
// high bit is set. The rest is one piece.
type cutting struct{ text, cuts []byte }

// fuzzedText bounds a stream that is to be longer than the limits of a connection.
const fuzzedText = 1 << 18

func newCutting(text []byte, repeat uint16, cuts []byte) cutting {
	times := 1 + int(repeat)
	if len(text) > 0 {
		times = min(times, 1+fuzzedText/len(text))
	}
	return cutting{bytes.Repeat(text, times), cuts[:min(len(cuts), 200)]}
}

// write writes the stream to c, and its end.
func (k cutting) write(l *ioloop.Loop, c net.Conn) error {
	rest := k.text
	for _, cut := range k.cuts {
		n := min(len(rest), 1+int(cut&0x7f))
		if _, err := c.Write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
		if cut&0x80 != 0 {
			if _, err := ioloop.Call(background, l, func() (int, error) { return 0, nil }); err != nil {
				return err
			}
		}
	}
	if _, err := c.Write(rest); err != nil {
		return err
	}
	return c.(interface{ CloseWrite() error }).CloseWrite()
}

// begin writes in a goroutine, and returns a channel of its error.
func (k cutting) begin(l *ioloop.Loop, c net.Conn) <-chan error {
	wrote := make(chan error, 1)
	go func() { wrote <- k.write(l, c) }()
	return wrote
}

// A reference reads from the rest of a stream that has come whole.
type reference struct {
	rest  []byte
	limit int
}

func (r *reference) take(n int) []byte {
	got := r.rest[:n]
	r.rest = r.rest[n:]
	return got
}

func (r *reference) exactly(n int) ([]byte, error) {
	switch {
	case len(r.rest) >= n:
		return r.take(n), nil
	case len(r.rest) == 0:
		return nil, io.EOF
	}
	return nil, &ioloop.IncompleteError{Partial: r.take(len(r.rest)), Want: n}
}

func (r *reference) until(sep []byte) ([]byte, error) {
	i := bytes.Index(r.rest, sep)
	switch end := i + len(sep); {
	case i >= 0 && end <= r.limit:
		return r.take(end), nil
	case i >= 0 || len(r.rest) > r.limit:
		return nil, &ioloop.TooLongError{Limit: r.limit}
	case len(r.rest) == 0:
		return nil, io.EOF
	}
	return nil, &ioloop.IncompleteError{Partial: r.take(len(r.rest))}
}

// line is package bufio's, as long as there is one within the limit.
func (r *reference) line() ([]byte, error) {
	whole, err := bufio.NewReader(bytes.NewReader(r.rest)).ReadSlice('\n')
	if err != nil || len(whole) > r.limit {
		return r.until([]byte("\n"))
	}
	line, _, _ := bufio.NewReader(bytes.NewReader(r.rest)).ReadLine()
	r.take(len(whole))
	return line, nil
}

// The calls of a script: a byte for the method, and one for its number.
const (
	readSome = iota
	readExactly
	readUntil
	readLine
	plainRead
	canceledExactly
	overdueUntil
	readMuch // ReadExactly of many
	calls
)

// readCut lets a stream over k be read as a script says, and compares each result with that
// of the reference.
func readCut(t *testing.T, k carrier, text cutting, script, sep []byte, limit int) {
	t.Helper()
	l := running(t, k.backend)
	s, c := stream(t, l, k, ioloop.ConnOptions{Unread: limit})
	wrote := text.begin(l, c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := &reference{text.text, limit}
	for op := range slices.Chunk(script[:min(len(script), 200)/2*2], 2) {
		n := int(op[1])
		var got, want []byte
		var err, wantErr error
		switch op[0] % calls {
		case readSome, plainRead:
			if got, err = s.ReadSome(ctx, n+1); op[0]%calls == plainRead {
				b := make([]byte, n+1)
				var more int
				if more, err = s.Read(b); err == nil || len(got) == 0 {
					got = append(got, b[:more]...)
				} else if err == io.EOF { // it follows what ReadSome has read
					err = nil
				}
			}
			if want = r.take(min(len(got), len(r.rest))); len(got) == 0 && len(r.rest) == 0 {
				wantErr = io.EOF
			} else {
				require.NotEmpty(t, got)
			}
		case readExactly, readMuch:
			if op[0]%calls == readMuch {
				n *= 999
			}
			got, err = s.ReadExactly(ctx, n)
			want, wantErr = r.exactly(n)
		case readUntil:
			got, err = s.ReadUntil(ctx, sep)
			want, wantErr = r.until(sep)
		case readLine:
			got, err = s.ReadLine(ctx)
			want, wantErr = r.line()
		case canceledExactly: // in time or not: nothing is lost
			canceled, cancel := context.WithCancel(ctx)
			go cancel()
			if got, err = s.ReadExactly(canceled, n); errors.Is(err, context.Canceled) {
				continue
			}
			want, wantErr = r.exactly(n)
		case overdueUntil:
			require.NoError(t, s.SetReadDeadline(time.Now().Add(time.Duration(n)*time.Microsecond)))
			got, err = s.ReadUntil(ctx, sep)
			require.NoError(t, s.SetReadDeadline(time.Time{}))
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			want, wantErr = r.until(sep)
		}
		require.Equal(t, wantErr, err)
		require.Equal(t, string(want), string(got))
	}
	for len(r.rest) > 0 {
		got, err := s.ReadSome(ctx, 1<<16)
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(r.rest, got))
		r.take(len(got))
	}
	_, err := s.ReadSome(ctx, 1)
	require.Equal(t, io.EOF, err)
	require.NoError(t, <-wrote)
}

// However a stream is cut, its reader gets what a naive one gets of the whole.
func FuzzStream(f *testing.F) {
	for way := range fuzzed {
		for _, s := range []struct {
			text   string
			repeat uint16
			cuts   string
			script []byte
			sep    string
			unread uint16
		}{
			{"", 0, "", []byte{readSome, 0, readExactly, 0, readExactly, 1, readUntil, 0, readLine, 0}, "x", 0},
			{"one\ntwo\r\n\n\r\nrest", 0, "\x80\x80\x80\x80\x80\x80", []byte{readLine, 0, readLine, 0, readLine, 0, readLine, 0, readLine, 0, readLine, 0}, "x", 0},
			{"one\rtwo\r\r\n", 0, "\x83\x83", []byte{readLine, 0, readLine, 0}, "x", 0},
			{"aaab-aab-aaaab", 0, "\x80\x80\x80\x80\x80\x80\x80\x80\x80", []byte{readUntil, 0, readUntil, 0, readUntil, 0, readUntil, 0}, "aab", 0},
			{"some::until:::rest", 0, "\x84\x80\x80\x85", []byte{readUntil, 0, overdueUntil, 10, readUntil, 0, readUntil, 0}, "::", 0},
			{"1234567890", 0, "\x80\x81\x82", []byte{readExactly, 3, readExactly, 4, canceledExactly, 9, readExactly, 9}, "x", 0},
			{"1234567890\n1234\n", 0, "\x80\x80", []byte{readLine, 0, readExactly, 7, readLine, 0, readLine, 0}, "x", 10}, // at the limit, and above
			{"12345678901234567890", 0, "\x80\x80", []byte{readUntil, 0, readSome, 0, readUntil, 0, readSome, 9, readUntil, 0, readSome, 1, readUntil, 0}, "x", 10},
			{"123456789012345\n", 0, "\x8f", []byte{readExactly, 5, readLine, 0}, "x", 10}, // paused with more than half of the limit
			{"123456789012345\n", 0, "\x8d", []byte{readExactly, 5, readLine, 0}, "x", 12},
			{"123456789abc\n", 3000, "\x81\x81", []byte{readMuch, 9, readLine, 0, readMuch, 99, readLine, 0, readLine, 0}, "\n1", 1000},
			{"much", 60000, "", []byte{readUntil, 0, readMuch, 200, plainRead, 255, plainRead, 0, readMuch, 255}, "x", 60000},
			{"x", 0, "", []byte{readExactly, 2, readExactly, 2, readLine, 0, plainRead, 1}, "xx", 1},
			{"xxx", 0, "\x80\x80", []byte{plainRead, 0, plainRead, 0, plainRead, 0}, "x", 1},
		} {
			f.Add(byte(way), []byte(s.text), s.repeat, []byte(s.cuts), s.script, []byte(s.sep), s.unread)
		}
	}
	f.Fuzz(func(t *testing.T, way byte, text []byte, repeat uint16, cuts, script, sep []byte, unread uint16) {
		if len(sep) == 0 {
			sep = []byte("\r\n")
		}
		limit := int(unread)
		if limit == 0 {
			limit = 64 << 10
		}
		readCut(t, fuzzed[int(way)%len(fuzzed)], newCutting(text, repeat, cuts), script, sep, limit)
		require.False(t, t.Failed())
	})
}

// All cuts of a short stream, with separators that begin anew within themselves.
func TestEveryCut(t *testing.T) {
	const text = "aab\r\naaab"
	for _, script := range [][]byte{
		{readUntil, 0, readLine, 0, readUntil, 0, readUntil, 0},
		{readExactly, 3, readLine, 0, readExactly, 9},
		{readLine, 0, readExactly, 1, readUntil, 0, readLine, 0},
	} {
		l := running(t, poll.Best)
		for mask := range 1 << (len(text) - 1) {
			s, c := stream(t, l, carrier{dial: dialMemory}, ioloop.ConnOptions{Unread: 5})
			var cuts []byte
			for last, i := 0, 1; i < len(text); i++ {
				if mask&(1<<(i-1)) != 0 {
					cuts = append(cuts, 0x80|byte(i-last-1))
					last = i
				}
			}
			wrote := cutting{[]byte(text), cuts}.begin(l, c)
			r := &reference{[]byte(text), 5}
			for op := range slices.Chunk(script, 2) {
				var got, want []byte
				var err, wantErr error
				switch n := int(op[1]); op[0] {
				case readUntil:
					got, err = s.ReadUntil(t.Context(), []byte("aab"))
					want, wantErr = r.until([]byte("aab"))
				case readLine:
					got, err = s.ReadLine(t.Context())
					want, wantErr = r.line()
				case readExactly:
					got, err = s.ReadExactly(t.Context(), n)
					want, wantErr = r.exactly(n)
				}
				require.Equal(t, wantErr, err, "%x", cuts)
				require.Equal(t, string(want), string(got), "%x", cuts)
			}
			require.NoError(t, <-wrote)
			require.NoError(t, s.Close())
		}
	}
}
