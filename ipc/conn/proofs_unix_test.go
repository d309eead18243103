//go:build unix

package conn

import (
	"context"
	"crypto/md5"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A peer that stays silent holds up no other one, whatever the number of goroutines that
// accept.
func TestSilentPeers(t *testing.T) {
	key := Options{AuthKey: []byte("key"), AuthTimeout: time.Hour}
	l := listen(t, key)
	for range 5 {
		silent, err := Dial(t.Context(), l.Addr())
		require.NoError(t, err)
		defer silent.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	dialed := make(chan *Connection, 3)
	for range 3 {
		go func() {
			c, err := Dial(ctx, l.Addr(), key)
			if err != nil {
				t.Errorf("dialing: %v", err)
			}
			dialed <- c
		}()
	}
	for i := range 3 {
		if i == 2 {
			require.NoError(t, l.Poll(ctx))
		}
		c, err := l.Accept(ctx)
		require.NoError(t, err)
		defer c.Close()
		d := <-dialed
		require.NotNil(t, d)
		defer d.Close()
	}
	require.NoError(t, l.Close())
	_, err := l.Accept(ctx)
	require.ErrorIs(t, err, ErrClosed)
}

// A connection that is proven when no goroutine accepts is for the next one, and what is
// left at Close is closed.
func TestProvenBetweenAccepts(t *testing.T) {
	key := Options{AuthKey: []byte("key")}
	l := listen(t, key)
	for _, accepted := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan error, 1)
		go func() { _, err := l.Accept(ctx); given <- err }()
		c, err := Dial(t.Context(), l.Addr()) // proves nothing yet
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Poll(t.Context()), "the challenge: the connection was taken")
		cancel()
		require.ErrorIs(t, <-given, context.Canceled)
		proved := make(chan error, 1)
		go func() {
			_, err := authenticated(t.Context(), c, optionsOf("Dial", []Options{key}), answer, challenge)
			proved <- err
		}()
		require.NoError(t, <-proved)
		require.NoError(t, l.Poll(t.Context()))
		if accepted {
			ours, err := l.Accept(t.Context())
			require.NoError(t, err)
			require.NoError(t, ours.Close())
		} else {
			require.NoError(t, l.Close())
		}
		_, err = c.RecvBytes(t.Context())
		require.Error(t, err)
	}
}

// An older Python is named, and what it needs.
func TestOlderPythonIsNamed(t *testing.T) {
	key := []byte("key")
	l := listen(t, Options{AuthKey: key})
	go func() {
		c, err := Dial(t.Context(), l.Addr())
		if err != nil {
			return
		}
		defer c.Close()
		text, _ := c.RecvBytes(t.Context())
		_ = c.SendBytes(t.Context(), sum(md5.New, key, text[len(challengeMark):]))
		_, _ = c.RecvBytes(t.Context())
	}()
	_, err := l.Accept(t.Context())
	require.ErrorIs(t, err, ErrAuth)
	require.ErrorContains(t, err, "Python before 3.12")
	require.ErrorContains(t, err, "AllowMD5")

	plain := listen(t, Options{})
	go func() {
		c, err := plain.Accept(t.Context())
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SendBytes(t.Context(), []byte(challengeMark+"01234567890123456789"))
		_, _ = c.RecvBytes(t.Context())
	}()
	_, err = Dial(t.Context(), plain.Addr(), Options{AuthKey: key})
	require.ErrorIs(t, err, ErrAuth)
	require.ErrorContains(t, err, "AllowMD5")
}
