//go:build unix

package conn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authFails connects with two keys that differ.
func authFails(t *testing.T, server, client string) {
	l := listen(t, Options{AuthKey: []byte(server), AuthTimeout: time.Second})
	var dialing sync.WaitGroup
	var dialed error
	dialing.Go(func() {
		_, dialed = Dial(t.Context(), l.Addr(), Options{AuthKey: []byte(client), AuthTimeout: time.Second})
	})
	_, err := l.Accept(t.Context())
	require.ErrorIs(t, err, ErrAuth)
	dialing.Wait()
	require.ErrorIs(t, dialed, ErrAuth)
}

func TestAuth(t *testing.T) {
	key := Options{AuthKey: []byte("key"), AuthTimeout: 100 * time.Millisecond}
	t.Run("silence", func(t *testing.T) {
		l := listen(t, key)
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrAuth)
		require.ErrorContains(t, err, "it took more than 100ms")
	})
	t.Run("the accept is canceled", func(t *testing.T) {
		l := listen(t, Options{AuthKey: []byte("key")})
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		_, err = l.Accept(shortly(t))
		require.Equal(t, context.DeadlineExceeded, err)
		_, err = c.RecvBytes(t.Context()) // the challenge
		require.NoError(t, err)
		require.NoError(t, l.Close())
		_, err = c.RecvBytes(t.Context())
		require.Error(t, err, "the listener's end is closed")
	})
	t.Run("no peer comes", func(t *testing.T) {
		l := listen(t, key)
		_, err := l.Accept(shortly(t))
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, context.DeadlineExceeded, l.Poll(shortly(t)))
	})
	t.Run("the peer does not accept", func(t *testing.T) {
		l := listen(t, key)
		_, err := Dial(shortly(t), l.Addr(), Options{AuthKey: []byte("key")})
		require.Equal(t, context.DeadlineExceeded, err)
	})
	t.Run("a large message before the proof", func(t *testing.T) {
		l := listen(t, key)
		c, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SendBytes(t.Context(), make([]byte, maxProofMessage+1)))
		_, err = l.Accept(t.Context())
		require.ErrorIs(t, err, ErrAuth)
		require.ErrorAs(t, err, new(*TooLargeError))
	})
	for _, response := range []string{"", sha256Mark, md5Mark + "x", welcome, challengeMark + sha256Mark} {
		t.Run("response "+response, func(t *testing.T) {
			l := listen(t, Options{AuthKey: []byte("key"), AllowMD5: true})
			c, err := Dial(t.Context(), l.Addr())
			require.NoError(t, err)
			defer c.Close()
			require.NoError(t, c.SendBytes(t.Context(), []byte(response)))
			_, err = l.Accept(t.Context())
			require.ErrorIs(t, err, ErrAuth)
			_, err = c.RecvBytes(t.Context()) // the challenge
			require.NoError(t, err)
			verdict, err := c.RecvBytes(t.Context())
			require.NoError(t, err)
			require.Equal(t, refused, string(verdict))
		})
	}
}

// A peer that says nothing, or not enough, holds up the goroutine that has accepted it,
// for a while, and no other.
func TestAuthStrangers(t *testing.T) {
	key := Options{AuthKey: []byte("key"), AuthTimeout: 100 * time.Millisecond}
	half := append([]byte{0, 0, 0, 39}, sha256Mark...)
	for name, stranger := range map[string]func(ctx context.Context, c *Connection) error{
		"says nothing":         func(context.Context, *Connection) error { return nil },
		"half a length":        func(_ context.Context, c *Connection) error { return write(c, []byte{0, 0}) },
		"half a proof":         func(_ context.Context, c *Connection) error { return write(c, half) },
		"leaves at once":       func(_ context.Context, c *Connection) error { return c.Close() },
		"leaves half a length": func(_ context.Context, c *Connection) error { return errors.Join(write(c, []byte{0, 0}), c.Close()) },
		"leaves half a proof":  func(_ context.Context, c *Connection) error { return errors.Join(write(c, half), c.Close()) },
		"hears and leaves": func(ctx context.Context, c *Connection) error {
			_, err := c.RecvBytes(ctx)
			return errors.Join(err, c.Close())
		},
		"proves and leaves": func(ctx context.Context, c *Connection) error {
			text, err := c.RecvBytes(ctx)
			message := bytes.TrimPrefix(text, []byte(challengeMark))
			proof := append([]byte(sha256Mark), sum(sha256.New, key.AuthKey, message)...)
			return errors.Join(err, c.SendBytes(ctx, proof), c.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, key)
			c, err := Dial(t.Context(), l.Addr())
			require.NoError(t, err)
			defer c.Close()
			accepted := make(chan error, 1)
			go func() { _, err := l.Accept(t.Context()); accepted <- err }()
			require.NoError(t, stranger(t.Context(), c))
			select {
			case err = <-accepted:
				require.ErrorIs(t, err, ErrAuth)
			case <-time.After(10 * time.Second):
				require.Fail(t, "Accept hangs")
			}
		})
		if strings.HasSuffix(name, "and leaves") {
			continue // it is for the listener to speak first
		}
		t.Run("as listener, "+name, func(t *testing.T) {
			l := listen(t, Options{})
			accepted := make(chan error, 1)
			go func() {
				c, err := l.Accept(t.Context())
				if err == nil {
					t.Cleanup(func() { c.Close() })
					err = stranger(t.Context(), c)
				}
				accepted <- err
			}()
			_, err := Dial(t.Context(), l.Addr(), key)
			require.ErrorIs(t, err, ErrAuth)
			require.NoError(t, <-accepted)
		})
	}
	t.Run("beside others", func(t *testing.T) {
		// Two goroutines accept. One has got a stranger that is silent for an hour, the
		// other goes on accepting peers that know the key.
		l := listen(t, Options{AuthKey: key.AuthKey, AuthTimeout: time.Hour})
		silent, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var accepting sync.WaitGroup
		for range 2 {
			accepting.Go(func() {
				for ctx.Err() == nil {
					if c, err := l.Accept(ctx); err == nil {
						c.Close()
					}
				}
			})
		}
		for range 10 {
			c, err := Dial(t.Context(), l.Addr(), Options{AuthKey: key.AuthKey})
			require.NoError(t, err)
			c.Close()
		}
		cancel()
		accepting.Wait()
		silent.Close()
	})
}

// write writes to the socket what is no message.
func write(c *Connection, data []byte) error {
	_, err := c.file.Write(data)
	return err
}
