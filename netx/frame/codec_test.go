package frame_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx/frame"
)

// codecs are the codecs that tests go through.
var codecs = map[string]frame.Codec{
	"length 1":        frame.Length(1, binary.BigEndian),
	"length 2 big":    frame.Length(2, binary.BigEndian),
	"length 2 little": frame.Length(2, binary.LittleEndian),
	"length 4 big":    frame.Length(4, binary.BigEndian),
	"length 4 little": frame.Length(4, binary.LittleEndian),
	"length 8 big":    frame.Length(8, binary.BigEndian),
	"length 8 little": frame.Length(8, binary.LittleEndian),
	"varint":          frame.Varint(),
	"delimited 0":     frame.Delimited("\x00"),
	"delimited crlf":  frame.Delimited("\r\n"),
	"delimited aa":    frame.Delimited("aa"),
	"delimited aba":   frame.Delimited("aba"),
	"lines":           frame.Lines(),
	"fixed 1":         frame.Fixed(1),
	"fixed 5":         frame.Fixed(5),
}

func TestCodecBytes(t *testing.T) {
	cases := []struct {
		codec, msg, want string
	}{
		{"length 1", "ab", "\x02ab"},
		{"length 1", "", "\x00"},
		{"length 2 big", "ab", "\x00\x02ab"},
		{"length 2 little", "ab", "\x02\x00ab"},
		{"length 4 big", "ab", "\x00\x00\x00\x02ab"},
		{"length 4 little", "ab", "\x02\x00\x00\x00ab"},
		{"length 8 big", "ab", "\x00\x00\x00\x00\x00\x00\x00\x02ab"},
		{"length 8 little", "ab", "\x02\x00\x00\x00\x00\x00\x00\x00ab"},
		{"varint", "ab", "\x02ab"},
		{"varint", strings.Repeat("a", 300), "\xac\x02" + strings.Repeat("a", 300)},
		{"delimited crlf", "ab", "ab\r\n"},
		{"delimited crlf", "ab\r", "ab\r\r\n"},
		{"delimited aba", "b", "baba"},
		{"lines", "ab", "ab\n"},
		{"lines", "", "\n"},
		{"lines", "\ra", "\ra\n"},
		{"fixed 5", "abcde", "abcde"},
	}
	for _, c := range cases {
		got, err := codecs[c.codec].Append([]byte("before"), []byte(c.msg))
		require.NoError(t, err, "%s of %q", c.codec, c.msg)
		assert.Equal(t, "before"+c.want, string(got), "%s of %q", c.codec, c.msg)
		advance, token, err := codecs[c.codec].Split([]byte(c.want+"rest"), false)
		require.NoError(t, err)
		assert.Equal(t, len(c.want), advance)
		assert.Equal(t, c.msg, string(token))
		assert.Equal(t, len(token), cap(token), "what is appended to a message overwrites no other")
	}
}

func TestCodecRefuses(t *testing.T) {
	cases := []struct {
		codec, msg string
		want       error
	}{
		{"length 1", strings.Repeat("a", 256), &frame.TooLargeError{Size: 256, Limit: 255}},
		{"length 2 big", strings.Repeat("a", 65536), &frame.TooLargeError{Size: 65536, Limit: 65535}},
		{"delimited 0", "a\x00b", frame.ErrUnfit},
		{"delimited crlf", "a\r\nb", frame.ErrUnfit},
		{"delimited crlf", "\r\n", frame.ErrUnfit},
		{"delimited aa", "ba", frame.ErrUnfit}, // "baaa" would be "b" and "a…"
		{"delimited aba", "ab", frame.ErrUnfit},
		{"lines", "a\nb", frame.ErrUnfit},
		{"lines", "a\r", frame.ErrUnfit},
		{"fixed 5", "abcd", frame.ErrUnfit},
		{"fixed 5", "abcdef", frame.ErrUnfit},
		{"fixed 1", "", frame.ErrUnfit},
	}
	for _, c := range cases {
		got, err := codecs[c.codec].Append([]byte("before"), []byte(c.msg))
		assert.Equal(t, c.want, err, "%s of %q", c.codec, c.msg)
		assert.Equal(t, "before", string(got))
	}
}

func TestCodecMisuse(t *testing.T) {
	for want, f := range map[string]func(){
		"frame: Length with width 3":                             func() { frame.Length(3, binary.BigEndian) },
		"frame: Length with width 0":                             func() { frame.Length(0, binary.BigEndian) },
		"frame: Length with a nil order":                         func() { frame.Length(4, nil) },
		"frame: Delimited with an empty delimiter":               func() { frame.Delimited("") },
		"frame: Fixed with length 0":                             func() { frame.Fixed(0) },
		"frame: NewConn with a Codec that lacks Split or Append": func() { frame.NewConn(nil, frame.Codec{}) },
	} {
		assert.PanicsWithValue(t, want, f)
	}
}

// naive reads the messages of a stream in the plainest way that there is.
var naive = map[string]func(*bufio.Reader) ([]byte, error){
	"length 1": func(r *bufio.Reader) ([]byte, error) {
		n, err := r.ReadByte()
		return rest(r, uint64(n), err)
	},
	"length 2 big":    naiveLength(binary.BigEndian, func(o binary.ByteOrder, b []byte) uint64 { return uint64(o.Uint16(b)) }, 2),
	"length 2 little": naiveLength(binary.LittleEndian, func(o binary.ByteOrder, b []byte) uint64 { return uint64(o.Uint16(b)) }, 2),
	"length 4 big":    naiveLength(binary.BigEndian, func(o binary.ByteOrder, b []byte) uint64 { return uint64(o.Uint32(b)) }, 4),
	"length 4 little": naiveLength(binary.LittleEndian, func(o binary.ByteOrder, b []byte) uint64 { return uint64(o.Uint32(b)) }, 4),
	"length 8 big":    naiveLength(binary.BigEndian, binary.ByteOrder.Uint64, 8),
	"length 8 little": naiveLength(binary.LittleEndian, binary.ByteOrder.Uint64, 8),
	"varint": func(r *bufio.Reader) ([]byte, error) {
		n, err := binary.ReadUvarint(r)
		return rest(r, n, err)
	},
	"delimited 0":    naiveDelimited("\x00"),
	"delimited crlf": naiveDelimited("\r\n"),
	"delimited aa":   naiveDelimited("aa"),
	"delimited aba":  naiveDelimited("aba"),
	"lines": func(r *bufio.Reader) ([]byte, error) {
		line, err := r.ReadBytes('\n')
		if err == io.EOF && len(line) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		line = line[:len(line)-1]
		return bytes.TrimSuffix(line, []byte("\r")), nil
	},
	"fixed 1": func(r *bufio.Reader) ([]byte, error) {
		b := make([]byte, 1)
		_, err := io.ReadFull(r, b)
		return b, err
	},
	"fixed 5": func(r *bufio.Reader) ([]byte, error) {
		b := make([]byte, 5)
		_, err := io.ReadFull(r, b)
		return b, err
	},
}

func naiveLength(o binary.ByteOrder, size func(binary.ByteOrder, []byte) uint64, width int) func(*bufio.Reader) ([]byte, error) {
	return func(r *bufio.Reader) ([]byte, error) {
		head := make([]byte, width)
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, err
		}
		return rest(r, size(o, head), nil)
	}
}

// limit is MaxMessage in these tests.
const limit = 1000

func rest(r *bufio.Reader, n uint64, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, &frame.TooLargeError{Size: int(min(n, math.MaxInt)), Limit: limit}
	}
	msg := make([]byte, n)
	if _, err := io.ReadFull(r, msg); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return msg, nil
}

func naiveDelimited(end string) func(*bufio.Reader) ([]byte, error) {
	return func(r *bufio.Reader) ([]byte, error) {
		var msg []byte
		for {
			b, err := r.ReadByte()
			if err != nil && len(msg) > 0 {
				return nil, io.ErrUnexpectedEOF
			}
			if err != nil {
				return nil, err
			}
			msg = append(msg, b)
			if bytes.HasSuffix(msg, []byte(end)) {
				return msg[:len(msg)-len(end)], nil
			}
		}
	}
}

// A stream is a connection that has these bytes, and returns them in pieces.
type stream struct {
	net.Conn // nil: all that is called is below
	data     []byte
	piece    func() int
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), max(s.piece(), 1))], s.data)
	s.data = s.data[n:]
	return n, nil
}

func (*stream) Close() error { return nil }

// sameMessages compares what Conn reads of data with what the naive reader does.
func sameMessages(t *testing.T, name string, data []byte, piece func() int) {
	t.Helper()
	conn := frame.NewConn(&stream{data: bytes.Clone(data), piece: piece}, codecs[name], frame.Options{MaxMessage: limit, Buffer: 16})
	reader := bufio.NewReader(bytes.NewReader(data))
	for i := 0; ; i++ {
		got, gotErr := conn.Read(context.Background())
		want, wantErr := naive[name](reader)
		if gotErr == nil && wantErr == nil {
			require.True(t, bytes.Equal(want, got), "%s: message %d of %q is %q, want %q", name, i, data, got, want)
			continue
		}
		var large *frame.TooLargeError
		if errors.As(gotErr, &large) && len(data) > limit && !errors.As(wantErr, new(*frame.TooLargeError)) {
			// The naive reader has no limit for what ends with a delimiter.
			require.True(t, wantErr != nil || len(want) > limit, "%s: message %d of %d bytes is too large", name, i, len(want))
			return
		}
		if wantErr != nil && wantErr.Error() == "binary: varint overflows a 64-bit integer" {
			wantErr = frame.ErrMalformed
		}
		require.Equal(t, wantErr, gotErr, "%s: message %d of %q", name, i, data)
		_, again := conn.Read(context.Background())
		require.Equal(t, gotErr, again, "the error stays")
		return
	}
}

func TestSplitAgainstNaive(t *testing.T) {
	cases := []string{
		"", "\x00", "\x01", "abc", "\x01a\x02bb", "a\r\nb\r\n", "a\nb\n\nc", "a\r\n", "\r\n\r\n", "aaaa", "ababab", "abababa\r",
		"\x00\x00\x00\x01a\x00\x00\x00\x00", "\x01\x00\x00\x00a", "\x00\x00\x00\x00\x00\x00\x00\x01a", "\x01\x00\x00\x00\x00\x00\x00\x00a",
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", // a varint of eleven bytes
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\x81\x00a", "\xff\xff\xff\xff\xff\xff\xff\xff",
		"\xe8\x07" + strings.Repeat("x", 1000), "\xe9\x07" + strings.Repeat("x", 1001),
		strings.Repeat("x", 1000) + "\n", strings.Repeat("x", 1000) + "\r\n", strings.Repeat("x", 1001) + "\n", strings.Repeat("x", 1001) + "\r\n", strings.Repeat("x", 999) + "\r\r\n",
		strings.Repeat("x", 5000),
	}
	for name := range codecs {
		t.Run(name, func(t *testing.T) {
			for _, data := range cases {
				for _, n := range []int{1, 2, 3, 7, 1 << 20} {
					sameMessages(t, name, []byte(data), func() int { return n })
				}
			}
		})
	}
}

// A frame split at every byte is the same message.
func TestEveryCut(t *testing.T) {
	for name, codec := range codecs {
		var data []byte
		for _, msg := range []string{"12345", "b\rcde", "54321"} {
			for range 2 {
				if framed, err := codec.Append(data, []byte(msg)); err == nil {
					data = framed
				}
			}
		}
		for at := range len(data) + 1 {
			cut := at
			sameMessages(t, name, data, func() int { n := cut; cut = 1 << 20; return n })
			sameMessages(t, name, data[:at], func() int { return 1 << 20 })
		}
	}
}

func FuzzSplit(f *testing.F) {
	names := make([]string, 0, len(codecs))
	for name := range codecs {
		names = append(names, name)
	}
	for _, seed := range []string{"", "a\r\nb\n\x00", "\x00\x00\x00\x02ab", "\x02\x00ab\x00", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "aabaaba"} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint8) {
		for _, name := range names {
			n := int(seed)
			sameMessages(t, name, data, func() int { n = n*5%7 + 1; return n })
		}
	})
}

// What is written comes back, or is refused.
func FuzzAppend(f *testing.F) {
	f.Add([]byte("a"), []byte("b\r"))
	f.Add([]byte("ab"), []byte("aba"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for name, codec := range codecs {
			var data []byte
			var want [][]byte
			for _, msg := range [][]byte{a, b, a} {
				framed, err := codec.Append(data, msg)
				require.True(t, bytes.HasPrefix(framed, data))
				if err == nil {
					data, want = framed, append(want, msg)
				} else {
					require.Equal(t, len(data), len(framed))
				}
			}
			conn := frame.NewConn(&stream{data: data, piece: func() int { return 3 }}, codec, frame.Options{MaxMessage: 1 << 20})
			i := 0
			for msg, err := range conn.All(context.Background()) {
				require.NoError(t, err, name)
				require.True(t, bytes.Equal(want[i], msg), "%s: %q is %q", name, want[i], msg)
				i++
			}
			require.Equal(t, len(want), i, fmt.Sprint(name))
		}
	})
}
