package frame_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/netx/frame"
)

var (
	errTest = errors.New("test")
	length4 = frame.Length(4, binary.BigEndian)
)

// tcp returns the two ends of a connection over loopback.
func tcp(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	a, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	b, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// ends are kinds of connections.
var ends = map[string]func(*testing.T) (a, b net.Conn){
	"tcp": tcp,
	"pipe": func(t *testing.T) (a, b net.Conn) {
		a, b = net.Pipe()
		t.Cleanup(func() { a.Close(); b.Close() })
		return a, b
	},
}

func TestConn(t *testing.T) {
	for kind, pair := range ends {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			near, far := pair(t)
			a, b := frame.NewConn(near, length4, frame.Options{Buffer: 64}), frame.NewConn(far, length4, frame.Options{Buffer: 32})
			var want []string
			for i := range 200 {
				want = append(want, strings.Repeat("x", i*i%1000))
			}
			go func() {
				for i, msg := range want {
					write := a.Write
					if i%3 != 0 {
						write = a.WriteBuffered
					}
					if !assert.NoError(t, write(ctx, []byte(msg))) {
						return
					}
				}
				assert.NoError(t, a.Flush(ctx))
				a.Close()
			}()
			var got []string
			for msg, err := range b.All(ctx) {
				require.NoError(t, err)
				got = append(got, string(msg))
			}
			assert.Equal(t, want, got)
			_, err := b.Read(ctx)
			assert.Equal(t, io.EOF, err, "the end stays")
		})
	}
}

// The end of a Read's context loses nothing, wherever it comes.
func TestReadCanceled(t *testing.T) {
	for kind, pair := range ends {
		t.Run(kind, func(t *testing.T) {
			near, far := pair(t)
			c := frame.NewConn(far, length4)
			var stream []byte
			for i := range 100 {
				stream, _ = length4.Append(stream, []byte(strings.Repeat(fmt.Sprint(i%10), i)))
			}
			go func() {
				for len(stream) > 0 {
					n := min(7, len(stream))
					near.Write(stream[:n])
					stream = stream[n:]
				}
			}()
			canceled := 0
			for i := 0; i < 100; {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					runtime.Gosched()
					cancel(errTest)
				}()
				msg, err := c.Read(ctx)
				if err != nil {
					require.Equal(t, errTest, err)
					canceled++
					if canceled > 100_000 {
						t.Fatal("no progress")
					}
					continue
				}
				require.Equal(t, strings.Repeat(fmt.Sprint(i%10), i), string(msg))
				i++
			}
		})
	}
	t.Run("on entry", func(t *testing.T) {
		near, far := tcp(t)
		require.NoError(t, frame.NewConn(near, length4).Write(t.Context(), []byte("a")))
		c := frame.NewConn(far, length4)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errTest)
		_, err := c.Read(ctx)
		assert.Equal(t, errTest, err)
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "a", string(msg))
	})
	t.Run("a context that ended between two reads", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			c := frame.NewConn(far, frame.Lines())
			ctx, cancel := context.WithCancel(t.Context())
			go func() { io.WriteString(near, "a\n"); time.Sleep(time.Second); io.WriteString(near, "b\n") }()
			_, err := c.Read(ctx)
			require.NoError(t, err)
			cancel()
			synctest.Wait()
			msg, err := c.Read(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "b", string(msg))
			c.Close()
		})
	})
}

func TestReadErrors(t *testing.T) {
	cases := []struct {
		name, codec, bytes string
		close              bool
		want               error
	}{
		{"beyond the limit, when its length has come", "length 4 big", "\x00\x00\x03\xe9", false, &frame.TooLargeError{Size: 1001, Limit: limit}},
		{"the largest length", "length 8 big", "\xff\xff\xff\xff\xff\xff\xff\xff", false, &frame.TooLargeError{Size: int(^uint(0) >> 1), Limit: limit}},
		{"a varint of eleven bytes", "varint", strings.Repeat("\x80", 10) + "\x01", false, frame.ErrMalformed},
		{"a varint without end", "varint", strings.Repeat("\xff", 10), false, frame.ErrMalformed},
		{"a line without end", "lines", strings.Repeat("x", 2000), false, &frame.TooLargeError{Limit: limit}},
		{"a cut length", "length 4 big", "\x00\x00", true, io.ErrUnexpectedEOF},
		{"a cut message", "length 4 big", "\x00\x00\x00\x02a", true, io.ErrUnexpectedEOF},
		{"a cut line", "lines", "abc", true, io.ErrUnexpectedEOF},
		{"an end", "lines", "", true, io.EOF},
		{"a message of the wrong size", "fixed 5", "abc", true, io.ErrUnexpectedEOF},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			near, far := tcp(t)
			_, err := io.WriteString(near, c.bytes)
			require.NoError(t, err)
			if c.close {
				near.Close()
			}
			conn := frame.NewConn(far, codecs[c.codec], frame.Options{MaxMessage: limit})
			_, err = conn.Read(t.Context())
			if want, ok := c.want.(*frame.TooLargeError); ok && want.Size == 0 {
				var got *frame.TooLargeError
				require.ErrorAs(t, err, &got)
				assert.Equal(t, limit, got.Limit)
				assert.Greater(t, got.Size, limit)
			} else {
				require.Equal(t, c.want, err)
			}
			if !c.close {
				near.SetReadDeadline(time.Now().Add(time.Minute))
				_, err = near.Read(make([]byte, 1))
				assert.Error(t, err, "the connection is closed")
				assert.NotErrorIs(t, err, context.DeadlineExceeded)
				require.Error(t, conn.Write(t.Context(), []byte("abcde")))
			}
		})
	}
}

// A codec of a user's is what bufio.Scanner takes.
func TestSplitOfBufio(t *testing.T) {
	scan := func(text string, split bufio.SplitFunc) (words []string) {
		s := bufio.NewScanner(strings.NewReader(text))
		s.Split(split)
		for s.Scan() {
			words = append(words, s.Text())
		}
		return words
	}
	final := func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '!'); i >= 0 {
			return i + 1, data[:i], bufio.ErrFinalToken
		}
		if !atEOF {
			return 0, nil, nil
		}
		return bufio.ScanBytes(data, atEOF)
	}
	for name, split := range map[string]bufio.SplitFunc{
		"words": bufio.ScanWords, "lines": bufio.ScanLines, "runes": bufio.ScanRunes, "bytes": bufio.ScanBytes, "final": final,
	} {
		for _, text := range []string{"", " ", "one two  three ", "\n\na\nb", "ä\xff", "one!two", "   " + strings.Repeat(" ", 500) + "x"} {
			conn := frame.NewConn(&stream{data: []byte(text), piece: func() int { return 3 }}, frame.Codec{Split: split, Append: length4.Append}, frame.Options{Buffer: 4})
			var got []string
			for msg, err := range conn.All(context.Background()) {
				require.NoError(t, err)
				got = append(got, string(msg))
			}
			assert.Equal(t, scan(text, split), got, "%s of %q", name, text)
		}
	}
	for want, split := range map[error]bufio.SplitFunc{
		bufio.ErrNegativeAdvance: func([]byte, bool) (int, []byte, error) { return -1, nil, nil },
		bufio.ErrAdvanceTooFar:   func(data []byte, _ bool) (int, []byte, error) { return len(data) + 1, nil, nil },
		errTest:                  func([]byte, bool) (int, []byte, error) { return 0, nil, errTest },
		io.ErrNoProgress:         func([]byte, bool) (int, []byte, error) { return 0, []byte{}, nil },
	} {
		conn := frame.NewConn(&stream{data: []byte("abc"), piece: func() int { return 3 }}, frame.Codec{Split: split, Append: length4.Append})
		_, err := conn.Read(context.Background())
		assert.Equal(t, want, err)
	}
	never := func([]byte, bool) (int, []byte, error) { return 0, nil, nil }
	conn := frame.NewConn(&stream{data: make([]byte, 1<<20), piece: func() int { return 1 << 20 }}, frame.Codec{Split: never, Append: length4.Append}, frame.Options{MaxMessage: limit})
	_, err := conn.Read(context.Background())
	assert.ErrorAs(t, err, new(*frame.TooLargeError), "a codec that wants more for ever")
}

func TestWriteRefused(t *testing.T) {
	near, far := tcp(t)
	a, b := frame.NewConn(near, frame.Fixed(3)), frame.NewConn(far, frame.Fixed(3))
	require.NoError(t, a.WriteBuffered(t.Context(), []byte("abc")))
	assert.Equal(t, frame.ErrUnfit, a.Write(t.Context(), []byte("abcd")))
	assert.Equal(t, frame.ErrUnfit, a.WriteBuffered(t.Context(), []byte("")))
	require.NoError(t, a.Write(t.Context(), []byte("def")))
	for _, want := range []string{"abc", "def"} {
		msg, err := b.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, string(msg), "nothing of the others was sent")
	}
}

func TestWriteCanceled(t *testing.T) {
	t.Run("on entry", func(t *testing.T) {
		near, far := tcp(t)
		a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errTest)
		assert.Equal(t, errTest, a.Write(ctx, []byte("lost")))
		require.NoError(t, a.Write(t.Context(), []byte("kept")))
		msg, err := b.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "kept", string(msg))
	})
	t.Run("nothing was sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe() // which takes nothing unless it is read
			a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.NoError(t, a.WriteBuffered(t.Context(), []byte("before")))
			assert.Equal(t, context.DeadlineExceeded, a.Write(ctx, []byte("lost")))
			go func() { assert.NoError(t, a.Write(context.Background(), []byte("kept"))) }()
			for _, want := range []string{"before", "kept"} {
				msg, err := b.Read(t.Context())
				require.NoError(t, err)
				assert.Equal(t, want, string(msg))
			}
			a.Close()
			b.Close()
		})
	})
	t.Run("a part was sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			a := frame.NewConn(near, length4)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				io.ReadFull(far, make([]byte, 6))
				time.Sleep(time.Second)
				cancel(errTest)
			}()
			err := a.Write(ctx, []byte("message"))
			assert.ErrorIs(t, err, frame.ErrCut)
			assert.ErrorIs(t, err, errTest)
			_, err = far.Read(make([]byte, 1))
			assert.Equal(t, io.EOF, err, "it is closed")
			assert.ErrorIs(t, a.Write(t.Context(), nil), frame.ErrCut)
		})
	})
	t.Run("a part of what was buffered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
			require.NoError(t, a.WriteBuffered(t.Context(), []byte("message")))
			ctx, cancel := context.WithCancelCause(t.Context())
			head := make([]byte, 6)
			go func() {
				io.ReadFull(far, head)
				time.Sleep(time.Second)
				cancel(errTest)
			}()
			_, err := a.Read(ctx) // which sends it
			assert.Equal(t, errTest, err)
			assert.Equal(t, "\x00\x00\x00\x07me", string(head))
			go func() { assert.NoError(t, a.Flush(context.Background())) }()
			rest := make([]byte, 5)
			_, err = io.ReadFull(far, rest)
			require.NoError(t, err)
			assert.Equal(t, "ssage", string(rest))
			a.Close()
			b.Close()
		})
	})
	t.Run("in the line of the writers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
			go func() { assert.NoError(t, a.Write(context.Background(), []byte("first"))) }()
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.Equal(t, context.DeadlineExceeded, a.Write(ctx, []byte("second")))
			msg, err := b.Read(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "first", string(msg))
			a.Close()
			_, err = b.Read(t.Context())
			assert.Equal(t, io.EOF, err)
		})
	})
}

// What was buffered is sent when a Read waits, also when it waits already.
func TestReadSends(t *testing.T) {
	for _, late := range []bool{false, true} {
		near, far := tcp(t)
		a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
		if !late {
			require.NoError(t, a.WriteBuffered(t.Context(), []byte("question")))
		}
		done := make(chan error, 1)
		go func() {
			_, err := a.Read(context.Background())
			done <- err
		}()
		if late {
			time.Sleep(10 * time.Millisecond) // so that it waits, most often
			require.NoError(t, a.WriteBuffered(t.Context(), []byte("question")))
		}
		msg, err := b.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "question", string(msg))
		require.NoError(t, b.Write(t.Context(), nil))
		require.NoError(t, <-done)
	}
}

// Many write, and one reads what they have written while all of them may buffer.
func TestWriters(t *testing.T) {
	near, far := tcp(t)
	a, b := frame.NewConn(near, frame.Varint()), frame.NewConn(far, frame.Varint())
	const writers = 8
	each := effort.Times(2000, 300, 20000)
	go func() { // echo, sent by Read alone
		for msg, err := range b.All(context.Background()) {
			if err != nil {
				return
			}
			b.WriteBuffered(context.Background(), msg)
		}
	}()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				write := a.WriteBuffered
				if i%2 == 0 {
					write = a.Write
				}
				assert.NoError(t, write(context.Background(), fmt.Appendf(nil, "%d %d", w, i)))
			}
		})
	}
	next := [writers]int{}
	for range writers * each {
		msg, err := a.Read(t.Context())
		require.NoError(t, err)
		var w, i int
		_, err = fmt.Sscan(string(msg), &w, &i)
		require.NoError(t, err)
		require.Equal(t, next[w], i, "the messages of one goroutine keep their order")
		next[w]++
	}
	wg.Wait()
	a.Close()
}

// A length that is announced takes no memory, and one that comes takes what it needs.
func TestMemory(t *testing.T) {
	near, far := tcp(t)
	c := frame.NewConn(far, length4, frame.Options{MaxMessage: 1 << 30})
	_, err := near.Write([]byte{0x3f, 0, 0, 0})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = c.Read(ctx)
	runtime.ReadMemStats(&after)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

func TestAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	near, far := tcp(t)
	a, b := frame.NewConn(near, length4), frame.NewConn(far, length4)
	msg := make([]byte, 64)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(1000, func() {
		if a.Write(ctx, msg) != nil {
			panic("write")
		}
		if _, err := b.Read(ctx); err != nil {
			panic(err)
		}
	})
	assert.LessOrEqual(t, allocs, 2.0)
}

func TestDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	c, err := frame.Dial(ctx, "tcp", l.Addr().String(), length4)
	require.NoError(t, err)
	assert.Equal(t, l.Addr().String(), c.NetConn().RemoteAddr().String())
	require.NoError(t, c.Close())
	cancel(errTest)
	_, err = frame.Dial(ctx, "tcp", l.Addr().String(), length4)
	assert.Equal(t, errTest, err)
	l.Close()
	_, err = frame.Dial(t.Context(), "tcp", l.Addr().String(), length4)
	assert.Error(t, err)
}
