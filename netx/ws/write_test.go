package ws

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A Write whose ctx ends before a byte was taken has sent nothing; one that has sent a part
// closes the connection and says so.
func TestCutWrite(t *testing.T) {
	for _, client := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := ends(client, 0, Options{})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { time.Sleep(time.Second); cancel(errTest) }()
			require.Equal(t, errTest, c.Write(ctx, Text, []byte("hello"))) // nobody reads
			go c.Write(t.Context(), Text, []byte("world"))
			f, err := readFrame(peer)
			require.NoError(t, err)
			require.Equal(t, "world", string(ws.UnmaskFrame(f).Payload))

			ctx, cancel = context.WithCancelCause(t.Context())
			go func() {
				io.ReadFull(peer, make([]byte, 3))
				cancel(errTest)
			}()
			err = c.Write(ctx, Text, []byte("hello"))
			require.ErrorIs(t, err, errTest)
			require.ErrorIs(t, err, ErrClosed)
			require.ErrorIs(t, err, net.ErrClosed)
			require.ErrorContains(t, err, "in part")
			_, again := c.Read(t.Context())
			require.Equal(t, err, again)
			require.Equal(t, err, c.Write(t.Context(), Text, nil))
			_, err = peer.Read(make([]byte, 1))
			require.Equal(t, io.EOF, err)
		})
	}
}

// One that waits for its turn has sent nothing.
func TestCanceledTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		var writing sync.WaitGroup
		writing.Go(func() {
			if err := c.Write(t.Context(), Text, []byte("first")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errTest)
		defer cancel()
		require.Equal(t, errTest, c.Write(ctx, Text, []byte("second")))
		f, err := readFrame(peer)
		require.NoError(t, err)
		require.Equal(t, "first", string(f.Payload))
		writing.Wait()
		peer.SetReadDeadline(time.Now().Add(time.Second))
		_, err = peer.Read(make([]byte, 1))
		require.True(t, timedOut(err))
	})
}

// Any number of writers: no message is torn, and each one's are in order.
func TestManyWriters(t *testing.T) {
	for _, bits := range []int{0, 15} {
		client, server := pair(t, Options{MaxMessage: 10 << 20}, bits)
		const writers, messages = 8, 60
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range messages {
					text := fmt.Sprintf("%d %d %s", w, i, strings.Repeat("x", i*i*10))
					var err error
					if w%2 == 0 {
						err = client.Write(t.Context(), Text, []byte(text))
					} else {
						err = writeParts(t.Context(), client, text)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		next := [writers]int{}
		for range writers * messages {
			msg, err := server.Read(t.Context())
			require.NoError(t, err)
			var w, i int
			_, err = fmt.Sscan(string(msg.Data), &w, &i)
			require.NoError(t, err)
			require.Equal(t, next[w], i)
			require.True(t, fmt.Sprintf("%d %d %s", w, i, strings.Repeat("x", i*i*10)) == string(msg.Data))
			next[w]++
		}
		writing.Wait()
	}
}

// writeParts sends a text by a Writer, in uneven pieces.
func writeParts(ctx context.Context, c *Conn, text string) error {
	w, err := c.Writer(ctx, Text)
	if err != nil {
		return err
	}
	for len(text) > 0 {
		n := min(len(text), 1+len(text)/3)
		if _, err := io.WriteString(w, text[:n]); err != nil {
			return err
		}
		text = text[n:]
	}
	return w.Close()
}

// The frames of a Writer: one for what fits into the buffer, otherwise several.
func TestWriter(t *testing.T) {
	for _, size := range []int{0, 1, 16 << 10, 16<<10 + 1, 100_000} {
		for _, piece := range []int{1000, 20_000, 200_000} {
			for _, bits := range []int{0, 9, 15} {
				client, server := pair(t, Options{CompressFrom: 1}, bits)
				text := strings.Repeat("0123456789", size/10+1)[:size]
				var writing sync.WaitGroup
				writing.Go(func() {
					w, err := server.Writer(t.Context(), Text)
					if err != nil {
						t.Error(err)
						return
					}
					for rest := text; len(rest) > 0; {
						n, err := io.WriteString(w, rest[:min(piece, len(rest))])
						if err != nil {
							t.Error(err)
						}
						rest = rest[n:]
					}
					for range 2 {
						if err := w.Close(); err != nil {
							t.Error(err)
						}
					}
					if _, err := w.Write([]byte("x")); err != errWriterClosed {
						t.Error(err)
					}
				})
				msg, err := client.Read(t.Context())
				require.NoError(t, err)
				require.True(t, text == string(msg.Data), "%d bytes in pieces of %d", size, piece)
				writing.Wait()
			}
		}
	}
}

// Other messages wait for a Writer, control frames do not; a Writer that is canceled in the
// middle of its message ends the connection, and before that nothing.
func TestWriterTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		got := make(chan received, 1)
		go func() { got <- frames(peer, false) }()
		go c.Read(t.Context())
		ctx, cancel := context.WithCancelCause(t.Context())
		w, err := c.Writer(t.Context(), Text)
		require.NoError(t, err)
		_, err = w.Write(make([]byte, 40_000))
		require.NoError(t, err)
		wait, stop := context.WithTimeoutCause(t.Context(), time.Second, errTest)
		defer stop()
		require.Equal(t, errTest, c.Write(wait, Text, []byte("not now")))
		require.Equal(t, errTest, c.Ping(wait)) // sent, and nobody answers
		_, err = c.Writer(wait, Text)
		require.Equal(t, errTest, err)
		peer.Write(raw{first: ping1, payload: "between"}.append(nil, true))
		require.NoError(t, w.Close())

		w, err = c.Writer(ctx, Text) // nothing was sent
		require.NoError(t, err)
		_, err = w.Write([]byte("a"))
		require.NoError(t, err)
		cancel(errTest)
		require.Equal(t, errTest, w.Close())
		require.Equal(t, errTest, w.Close())
		_, err = w.Write([]byte("b"))
		require.Equal(t, errTest, err)

		ctx, cancel = context.WithCancelCause(t.Context())
		w, err = c.Writer(ctx, Binary)
		require.NoError(t, err)
		_, err = w.Write(make([]byte, 40_000))
		require.NoError(t, err)
		cancel(errTest)
		err = w.Close()
		require.ErrorIs(t, err, errTest)
		require.ErrorIs(t, err, ErrClosed)
		require.ErrorIs(t, c.Write(t.Context(), Text, nil), ErrClosed)
		sent := <-got
		require.NoError(t, sent.err)
		require.Equal(t, []string{"pong between"}, sent.control)
		var opcodes []ws.OpCode
		for _, f := range sent.data {
			opcodes = append(opcodes, f.Header.OpCode)
		}
		require.Equal(t, []ws.OpCode{ws.OpText, ws.OpContinuation, ws.OpBinary}, opcodes)
	})
}

// The end of a connection ends the waiting for a Writer that nobody closes.
func TestWriterLeftOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := ends(false, 0, Options{})
		w, err := c.Writer(t.Context(), Text)
		require.NoError(t, err)
		waiting := make(chan error, 2)
		go func() { waiting <- c.Write(context.Background(), Text, nil) }()
		go func() {
			_, err := c.Writer(context.Background(), Text)
			waiting <- err
		}()
		synctest.Wait()
		require.NoError(t, c.CloseNow())
		require.ErrorIs(t, <-waiting, ErrClosed)
		require.ErrorIs(t, <-waiting, ErrClosed)
		require.ErrorIs(t, w.Close(), ErrClosed)
	})
}

// A Reader gives bytes as they come, and may be dropped before its end.
func TestReader(t *testing.T) {
	for _, packed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := ends(false, 15, Options{})
			defer c.CloseNow()
			message := func(s string) []raw {
				first := byte(text0)
				if packed {
					first, s = zipped0, zipped(s)
				}
				return []raw{{first: first, payload: s[:1]}, {first: cont0, payload: s[1:3]}, {first: ping1}, {first: cont1, payload: s[3:]}}
			}
			stream := encoded(append(message("κipped"), message("Hello, World!")...), true)
			go frames(peer, false)
			go func() {
				for _, b := range stream {
					peer.Write([]byte{b})
				}
			}()
			_, dropped, err := c.Reader(t.Context()) // in the middle of a character
			require.NoError(t, err)
			n, err := dropped.Read(make([]byte, 1))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			kind, r, err := c.Reader(t.Context())
			require.NoError(t, err)
			require.Equal(t, Text, kind)
			if _, err = io.ReadAll(dropped); !packed { // which was inflated to its end
				require.Equal(t, errMessage, err)
			}
			n, err = r.Read(nil)
			require.NoError(t, err)
			require.Zero(t, n)
			data, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, "Hello, World!", string(data))
			_, err = r.Read(make([]byte, 1))
			require.Equal(t, io.EOF, err)

			// Its ctx ends: the rest of the message is skipped.
			go peer.Write(encoded(message("cut off")[:1], true))
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errTest)
			defer cancel()
			_, r, err = c.Reader(ctx)
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			require.Equal(t, errTest, err)
			go peer.Write(encoded(append(message("cut off")[1:], message("next")...), true))
			msg, err := c.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, "next", string(msg.Data))

			// A Reader goes on where a canceled Read has stopped.
			next := message("in the middle")
			go peer.Write(encoded(next[:2], true))
			ctx, cancel = context.WithTimeoutCause(t.Context(), time.Second, errTest)
			defer cancel()
			_, err = c.Read(ctx)
			require.Equal(t, errTest, err)
			go peer.Write(encoded(next[2:], true))
			_, r, err = c.Reader(t.Context())
			require.NoError(t, err)
			data, err = io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, "in the middle", string(data))
		})
	}
}

// A Reader goes on in the middle of a frame that a Read has begun with, byte by byte.
func TestReaderInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		stream := raw{first: text1, payload: "κόσμε, and more"}.append(nil, true)
		go func() {
			peer.Write(stream[:12])
			time.Sleep(2 * time.Second)
			peer.Write(stream[12:])
		}()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errTest)
		defer cancel()
		_, err := c.Read(ctx)
		require.Equal(t, errTest, err)
		_, r, err := c.Reader(t.Context())
		require.NoError(t, err)
		data, err := io.ReadAll(iotest.OneByteReader(r))
		require.NoError(t, err)
		require.Equal(t, "κόσμε, and more", string(data))
	})
}

func TestJSON(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	type point struct{ X, Y int }
	require.NoError(t, WriteJSON(t.Context(), client, point{1, 2}))
	got, err := ReadJSON[point](t.Context(), server)
	require.NoError(t, err)
	assert.Equal(t, point{1, 2}, got)
	require.ErrorContains(t, WriteJSON(t.Context(), client, func() {}), "ws: WriteJSON: json: unsupported type")
	require.NoError(t, client.Write(t.Context(), Text, []byte(`{"X":1,"Y":"no"}`)))
	got, err = ReadJSON[point](t.Context(), server)
	require.ErrorContains(t, err, "ws: ReadJSON: json:")
	assert.Zero(t, got)
	require.NoError(t, WriteJSON(t.Context(), client, "on it goes"))
	text, err := ReadJSON[string](t.Context(), server)
	require.NoError(t, err)
	assert.Equal(t, "on it goes", text)
}

// What cannot be meant panics.
func TestMisuse(t *testing.T) {
	client, _ := pair(t, Options{}, 0)
	assert.PanicsWithValue(t, "ws: Write with Kind(0), want Text or Binary", func() { _ = client.Write(t.Context(), 0, nil) })
	assert.PanicsWithValue(t, "ws: Prepare with Kind(8), want Text or Binary", func() { Prepare(8, nil) })
	assert.PanicsWithValue(t, "ws: Accept: CompressFrom is -1 and Pong 0s, want 0 (the default) or more", func() {
		_, _ = Accept(nil, nil, AcceptOptions{Options: Options{CompressFrom: -1}})
	})
	assert.PanicsWithValue(t, `ws: Handler: "a b" cannot be a subprotocol`, func() {
		Handler(echo, AcceptOptions{Options: Options{Subprotocols: []string{"a b"}}})
	})
	assert.Equal(t, "text binary", fmt.Sprint(Text, " ", Binary))
}
