package ws

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// next reads a frame that a Conn sends.
func next(t *testing.T, conn net.Conn) ws.Frame {
	f, err := readFrame(conn)
	require.NoError(t, err)
	return ws.UnmaskFrame(f)
}

// A Read that waits for 30 s asks; a byte within 10 s is an answer, and silence is none.
func TestPingByDeadline(t *testing.T) {
	for _, client := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := ends(client, 0, Options{})
			got := make(chan error, 1)
			go func() {
				_, err := c.Read(t.Context())
				got <- err
			}()
			begin := time.Now()
			require.Equal(t, ws.OpPing, next(t, peer).Header.OpCode)
			require.Equal(t, 30*time.Second, time.Since(begin))
			time.Sleep(9 * time.Second)
			peer.Write(raw{first: pong1}.append(nil, !client))
			begin = time.Now()
			require.Equal(t, ws.OpPing, next(t, peer).Header.OpCode)
			require.Equal(t, 30*time.Second, time.Since(begin))
			begin = time.Now()
			err := <-got
			require.Equal(t, ErrPong, err)
			require.LessOrEqual(t, time.Since(begin), 10*time.Second+lastLook)
			require.GreaterOrEqual(t, time.Since(begin), 10*time.Second)
			timeout, ok := errors.AsType[net.Error](err)
			require.True(t, ok && timeout.Timeout())
			_, err = peer.Read(make([]byte, 1))
			require.Equal(t, io.EOF, err)
		})
	}
}

// Every byte counts, and reads that are short count together.
func TestPingWhenSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{Ping: 10 * time.Second, Pong: time.Second})
		stream := raw{first: text1, payload: "0123456789"}.append(nil, true)
		go func() {
			for _, b := range stream {
				time.Sleep(9 * time.Second)
				peer.Write([]byte{b})
			}
		}()
		short := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := c.Read(ctx)
			return err
		}
		for {
			err := short()
			if err == nil {
				break
			}
			require.Equal(t, context.DeadlineExceeded, err)
		}
		begin := time.Now()
		pinged := make(chan time.Duration, 1)
		go func() {
			readFrame(peer)
			pinged <- time.Since(begin)
		}()
		for {
			if err := short(); err != context.DeadlineExceeded {
				require.Equal(t, ErrPong, err)
				break
			}
		}
		require.Equal(t, 10*time.Second, <-pinged)
		require.Less(t, time.Since(begin), 12*time.Second)
	})
}

// An answer that came while no goroutine was reading is one.
func TestPongWhileBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
		defer cancel()
		go func() {
			next(t, peer)
			peer.Write(encoded([]raw{{first: pong1}, {first: text1, payload: "here"}}, true))
		}()
		// The pipe takes the answer only when it is read: the Read ends before that.
		_, err := c.Read(ctx)
		if err == nil {
			return
		}
		time.Sleep(time.Minute)
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "here", string(msg.Data))
	})
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		c.in.asked, c.in.since = true, time.Now()
		time.Sleep(time.Minute)
		go peer.Write(raw{first: text1, payload: "here"}.append(nil, true))
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "here", string(msg.Data))
	})
}

// Without pings a Read waits for ever.
func TestNoPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{Ping: -1})
		go func() {
			time.Sleep(100 * time.Hour)
			peer.Close()
		}()
		begin := time.Now()
		_, err := c.Read(t.Context())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Equal(t, 100*time.Hour, time.Since(begin))
	})
}

// A ping waits behind a frame that is being sent. While bytes of that are taken the other
// side is there; when none are, it is not.
func TestPingBehindAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{Ping: 10 * time.Second, Pong: 5 * time.Second})
		written := make(chan error, 1)
		go func() { written <- c.Write(t.Context(), Binary, make([]byte, 100*chunk)) }()
		go func() { // takes a piece each 4 s, and then no more
			for range 10 {
				time.Sleep(4 * time.Second)
				io.CopyN(io.Discard, peer, chunk)
			}
		}()
		begin := time.Now()
		_, err := c.Read(t.Context())
		require.Equal(t, ErrPong, err)
		require.Greater(t, time.Since(begin), 40*time.Second)
		require.Less(t, time.Since(begin), 52*time.Second)
		require.Equal(t, ErrPong, <-written)
	})
}

// A pong does not wait for a writer that is stuck: it leaves behind the frame.
func TestPongBehindAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		go c.Write(t.Context(), Binary, make([]byte, 100))
		synctest.Wait()
		go peer.Write(encoded([]raw{{first: ping1, payload: "1"}, {first: ping1, payload: "2"}, {first: text1, payload: "go on"}}, true))
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "go on", string(msg.Data))
		require.Equal(t, ws.OpBinary, next(t, peer).Header.OpCode)
		f := next(t, peer)
		require.Equal(t, ws.OpPong, f.Header.OpCode)
		require.Equal(t, "2", string(f.Payload), "the last one is enough")
	})
}

func TestPing(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	go server.Read(t.Context())
	go client.Read(t.Context())
	for range 3 {
		require.NoError(t, client.Ping(t.Context()))
		require.NoError(t, server.Ping(t.Context()))
	}
	require.NoError(t, server.Close(Normal, ""))
	require.Error(t, client.Ping(t.Context()))
	synctest.Test(t, func(t *testing.T) { // nobody answers
		c, peer := ends(false, 0, Options{})
		go io.Copy(io.Discard, peer)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errTest)
		defer cancel()
		require.Equal(t, errTest, c.Ping(ctx))
		pinged := make(chan error, 1)
		go func() { pinged <- c.Ping(t.Context()) }()
		synctest.Wait()
		c.CloseNow()
		require.ErrorIs(t, <-pinged, ErrClosed)
		peer.Close()
	})
}
