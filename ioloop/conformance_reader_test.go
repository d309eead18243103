//go:build unix && !aix

package ioloop_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of asyncio.StreamReader, over each carrier. A line comes without its end.
func TestConformanceStreamReader(t *testing.T) {
	const prefix = "test_asyncio/test_streams/StreamTests/"
	const data = "line1\nline2\nline3\n"
	for _, c := range []struct {
		name    string
		test    func(*testing.T, fed)
		options ioloop.ConnOptions
	}{
		{name: "test_feed_empty_data", test: func(t *testing.T, f fed) {
			on(t, f.loop, func() { f.conn.Unread(nil) })
			f.data(t, "x")
			f.left(t, "x")
		}},
		{name: "test_feed_nonempty_data", test: func(t *testing.T, f fed) {
			on(t, f.loop, func() { f.conn.Unread([]byte(data)) })
			f.left(t, data)
		}},
		{name: "test_read_zero", test: func(t *testing.T, f fed) {
			f.data(t, data)
			n, err := f.Read(nil)
			require.NoError(t, err)
			require.Zero(t, n)
			f.left(t, data)
		}},
		{name: "test_read", test: func(t *testing.T, f fed) {
			done := make(chan string)
			go func() {
				got, _ := f.ReadSome(background, 30)
				done <- string(got)
			}()
			f.data(t, "data")
			got := <-done
			require.NotEmpty(t, got)
			f.left(t, strings.TrimPrefix("data", got))
		}},
		{name: "test_read_line_breaks", test: func(t *testing.T, f fed) {
			f.data(t, "line1", "line2")
			f.left(t, "line1")
			f.left(t, "line2")
		}},
		{name: "test_read_eof", test: func(t *testing.T, f fed) {
			f.eof(t)
			got, err := f.ReadSome(t.Context(), 1024)
			require.ErrorIs(t, err, io.EOF)
			require.Empty(t, got)
		}},
		{name: "test_read_until_eof", test: func(t *testing.T, f fed) {
			f.data(t, "chunk1\n", "chunk2")
			f.eof(t)
			got, err := io.ReadAll(f)
			require.NoError(t, err)
			require.Equal(t, "chunk1\nchunk2", string(got))
		}},
		{name: "test_read_limit", options: ioloop.ConnOptions{Unread: 3}, test: func(t *testing.T, f fed) {
			f.data(t, "chunk")
			for want := "chunk"; want != ""; {
				got, err := f.ReadSome(t.Context(), len(want))
				require.NoError(t, err)
				rest, ok := strings.CutPrefix(want, string(got))
				require.True(t, ok)
				want = rest
			}
		}},
		{name: "test_readline", test: func(t *testing.T, f fed) {
			f.data(t, "chunk1 ", "chunk2 ", "chunk3 ", "\n chunk4")
			f.line(t, "chunk1 chunk2 chunk3 ")
			f.left(t, " chunk4")
		}},
		{name: "test_readline_nolimit_nowait", test: func(t *testing.T, f fed) {
			f.data(t, data[:6], data[6:])
			f.line(t, "line1")
			f.left(t, "line2\nline3\n")
		}},
		{name: "test_readline_empty_eof", test: func(t *testing.T, f fed) {
			f.eof(t)
			got, err := f.ReadLine(t.Context())
			require.ErrorIs(t, err, io.EOF)
			require.Empty(t, got)
		}},
		{name: "test_readline_read_byte_count", test: func(t *testing.T, f fed) {
			f.data(t, data)
			f.line(t, "line1")
			f.left(t, "line2\nl")
			f.left(t, "ine3\n")
		}},
		{name: "test_readline_exception", test: func(t *testing.T, f fed) {
			f.data(t, "line\n")
			f.line(t, "line")
			f.fails(t)
			_, err := f.ReadLine(t.Context())
			require.ErrorIs(t, err, errSpam)
		}},
		{name: "test_readuntil_separator", test: func(t *testing.T, f fed) {
			require.Panics(t, func() { f.ReadUntil(background, nil) })
		}},
		{name: "test_readuntil_multi_chunks", test: func(t *testing.T, f fed) {
			for range 2 {
				f.data(t, "lineAAA")
				f.until(t, "AAA", "lineAAA")
			}
			f.data(t, "lineAAAxxx")
			f.until(t, "AAA", "lineAAA")
			f.left(t, "xxx")
		}},
		{name: "test_readuntil_multi_chunks_1", test: func(t *testing.T, f fed) {
			for _, parts := range [][]string{{"QWEaa", "XYaa", "a"}, {"QWEaa", "XYa", "aa"}, {"aaa"}, {"Xaaa"}, {"XXX", "a", "a", "a"}} {
				f.data(t, parts...)
				f.until(t, "aaa", strings.Join(parts, ""))
			}
		}},
		{name: "test_readuntil_eof", test: func(t *testing.T, f fed) {
			f.data(t, "some dataAA")
			f.eof(t)
			_, err := f.ReadUntil(t.Context(), []byte("AAA"))
			var e *ioloop.IncompleteError
			require.ErrorAs(t, err, &e)
			require.Equal(t, ioloop.IncompleteError{Partial: []byte("some dataAA")}, *e)
			_, err = f.ReadSome(t.Context(), 1)
			require.ErrorIs(t, err, io.EOF)
		}},
		{name: "test_readuntil_limit_found_sep", options: ioloop.ConnOptions{Unread: 3}, test: func(t *testing.T, f fed) {
			f.data(t, "some dataAA")
			_, err := f.ReadUntil(t.Context(), []byte("AAA"))
			require.ErrorContains(t, err, "more than 3 bytes")
			f.data(t, "A")
			_, err = f.ReadUntil(t.Context(), []byte("AAA"))
			require.ErrorContains(t, err, "more than 3 bytes")
			f.left(t, "some dataAAA")
		}},
		{name: "test_readexactly_zero_or_less", test: func(t *testing.T, f fed) {
			f.data(t, data)
			got, err := f.ReadExactly(t.Context(), 0)
			require.NoError(t, err)
			require.Empty(t, got)
			require.Panics(t, func() { f.ReadExactly(background, -1) })
			f.left(t, data)
		}},
		{name: "test_readexactly", test: func(t *testing.T, f fed) {
			f.data(t, data, data, data)
			f.left(t, data+data)
			f.left(t, data)
		}},
		{name: "test_readexactly_limit", options: ioloop.ConnOptions{Unread: 3}, test: func(t *testing.T, f fed) {
			f.data(t, "chunk")
			f.left(t, "chunk")
		}},
		{name: "test_readexactly_eof", test: func(t *testing.T, f fed) {
			f.data(t, data)
			f.eof(t)
			_, err := f.ReadExactly(t.Context(), 2*len(data))
			var e *ioloop.IncompleteError
			require.ErrorAs(t, err, &e)
			require.Equal(t, ioloop.IncompleteError{Partial: []byte(data), Want: 2 * len(data)}, *e)
			require.ErrorContains(t, err, "18 of 36 bytes")
		}},
		{name: "test_exception_waiter", test: func(t *testing.T, f fed) {
			done := make(chan error)
			go func() {
				_, err := f.ReadLine(background)
				done <- err
			}()
			f.fails(t)
			require.ErrorIs(t, <-done, errSpam)
		}},
		{name: "test_exception_cancel", test: func(t *testing.T, f fed) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() {
				_, err := f.ReadLine(ctx)
				done <- err
			}()
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
			f.fails(t)
			_, err := f.ReadLine(t.Context())
			require.ErrorIs(t, err, errSpam)
		}},
	} {
		t.Run(prefix+c.name, func(t *testing.T) {
			over(t, func(t *testing.T, l *ioloop.Loop, k carrier) { c.test(t, feed(t, l, k, c.options)) })
		})
	}
	t.Run(prefix+"test_multiple_drain", func(t *testing.T) {
		bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			const size = 1 << 20 // more than the memory takes
			drained := make(chan error, 10)
			c := l.Pipe(ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				if err := s.Send(ctx, make([]byte, size)); err != nil {
					return err
				}
				for range cap(drained) {
					go func() { drained <- s.Drain(ctx) }()
				}
				<-ctx.Done()
				return nil
			}))
			go l.Run(background)
			synctest.Wait()
			require.Empty(t, drained)
			_, err := io.ReadFull(c, make([]byte, size))
			require.NoError(t, err)
			for range cap(drained) {
				require.NoError(t, <-drained)
			}
			require.NoError(t, c.Close())
		})
	})
}
