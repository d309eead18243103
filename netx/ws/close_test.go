package ws

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Both sides learn the code and the reason; the server is the first that closes.
func TestClose(t *testing.T) {
	for _, byClient := range []bool{false, true} {
		client, server := pair(t, Options{}, 0)
		a, b := client, server
		if !byClient {
			a, b = b, a
		}
		var closing sync.WaitGroup
		closing.Go(func() {
			if err := a.Close(4000, "enough"); err != nil {
				t.Error(err)
			}
			if err := a.Close(Normal, ""); err != nil { // again
				t.Error(err)
			}
		})
		_, err := b.Read(t.Context())
		require.Equal(t, &CloseError{Code: 4000, Reason: "enough", Remote: true}, err)
		require.EqualError(t, err, `ws: closed by the other side: 4000: "enough"`)
		require.NotErrorIs(t, err, ErrClosed)
		closing.Wait()
		for range 2 {
			_, err = a.Read(t.Context())
			require.Equal(t, &CloseError{Code: 4000, Reason: "enough"}, err)
			require.ErrorIs(t, err, ErrClosed)
			require.ErrorIs(t, err, net.ErrClosed)
			require.Equal(t, err, a.Write(t.Context(), Text, nil))
			require.Equal(t, err, a.Ping(t.Context()))
		}
		require.Error(t, b.Write(t.Context(), Text, nil))
		require.NoError(t, b.Close(Normal, ""))
		require.True(t, a.ended.Load() && b.ended.Load())
	}
}

// Both close at once, while both read and write.
func TestCloseStorm(t *testing.T) {
	for i := range 50 {
		client, server := pair(t, Options{}, 15*(i%2))
		var all sync.WaitGroup
		for _, c := range []*Conn{client, server} {
			all.Go(func() {
				for {
					if _, err := c.Read(t.Context()); err != nil {
						return
					}
				}
			})
			all.Go(func() {
				for c.Write(t.Context(), Binary, make([]byte, 1000)) == nil {
				}
			})
			all.Go(func() {
				for c.Ping(t.Context()) == nil {
				}
			})
			all.Go(func() {
				time.Sleep(time.Millisecond)
				_ = c.Close(Normal, "")
			})
		}
		all.Wait()
		for _, c := range []*Conn{client, server} {
			_, err := c.Read(t.Context())
			e, ok := errors.AsType[*CloseError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, Normal, e.Code, "%v", err)
		}
	}
}

// What comes before the other side's close frame is dropped, also when a Read has begun with
// it.
func TestCloseDropsMessages(t *testing.T) {
	for cut := range 20 {
		synctest.Test(t, func(t *testing.T) {
			c, peer := ends(false, 0, Options{})
			stream := encoded([]raw{{first: text0, payload: "abcd"}, {first: cont1, payload: strings.Repeat("b", 50_000)}, {first: ping1}, {first: bin1, payload: "c"}, bye}, true)
			go io.Copy(io.Discard, peer)
			go func() {
				peer.Write(stream[:cut])
				time.Sleep(time.Second)
				peer.Write(stream[cut:])
			}()
			read := make(chan error, 1)
			go func() {
				_, err := c.Read(t.Context())
				read <- err
			}()
			synctest.Wait()
			require.NoError(t, c.Close(Policy, "no"))
			require.Equal(t, &CloseError{Code: Policy, Reason: "no"}, <-read)
		})
	}
}

// The other side does not answer, or takes nothing at all: Close gives up after 5 s.
func TestCloseGivesUp(t *testing.T) {
	for name, deaf := range map[string]bool{"silent": false, "deaf": true} {
		for _, client := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, peer := ends(client, 0, Options{})
					if !deaf {
						go io.Copy(io.Discard, peer)
					} else {
						go c.Write(t.Context(), Binary, make([]byte, 100))
						synctest.Wait()
					}
					read := make(chan error, 1)
					go func() {
						_, err := c.Read(t.Context())
						read <- err
					}()
					synctest.Wait()
					begin := time.Now()
					require.Error(t, c.Close(GoingAway, ""))
					require.Equal(t, 5*time.Second, time.Since(begin))
					require.Equal(t, &CloseError{Code: GoingAway}, <-read)
					_, err := peer.Write([]byte("x"))
					require.Equal(t, io.ErrClosedPipe, err)
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) { // the answer to a close frame is not taken
		c, peer := ends(true, 0, Options{})
		go peer.Write(closing(Normal, "").append(nil, false))
		begin := time.Now()
		_, err := c.Read(t.Context())
		require.Equal(t, &CloseError{Code: Normal, Remote: true}, err)
		require.Equal(t, 5*time.Second, time.Since(begin))
	})
	synctest.Test(t, func(t *testing.T) { // a server does not close
		c, peer := ends(true, 0, Options{})
		go io.Copy(io.Discard, peer)
		go peer.Write(closing(Normal, "").append(nil, false))
		begin := time.Now()
		_, err := c.Read(t.Context())
		require.Equal(t, &CloseError{Code: Normal, Remote: true}, err)
		require.Equal(t, clientWait, time.Since(begin))
	})
}

// A message that a caller of Read still has is not overwritten by a Close.
func TestCloseLeavesTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := ends(false, 0, Options{})
		go peer.Write(encoded([]raw{{first: text1, payload: "mine"}, {first: text1, payload: "next"}}, true))
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		go io.Copy(io.Discard, peer)
		go func() {
			peer.Write(encoded([]raw{{first: bin1, payload: strings.Repeat("x", bufferSize-20)}, {first: bin1, payload: strings.Repeat("x", bufferSize-20)}, bye}, true))
		}()
		require.NoError(t, c.Close(Normal, ""))
		require.Equal(t, "mine", string(msg.Data))
	})
}

func TestCloseNow(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	var reading sync.WaitGroup
	reading.Go(func() {
		if _, err := client.Read(t.Context()); !errors.Is(err, ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	require.NoError(t, client.CloseNow())
	require.NoError(t, client.CloseNow())
	require.NoError(t, client.Close(Normal, ""))
	reading.Wait()
	_, err := server.Read(t.Context())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorIs(t, client.Write(t.Context(), Text, nil), ErrClosed)
}

// The code and the reason as they are sent.
func TestCloseBody(t *testing.T) {
	long := strings.Repeat("é", 70)
	for _, c := range []struct {
		code   Code
		reason string
		want   string
	}{
		{Normal, "", "\x03\xe8"},
		{TryLater, "x", "\x03\xf5x"},
		{4999, long, "\x13\x87" + long[:122]},
		{Normal, "a\xffb", "\x03\xe8a\uFFFDb"},
		{NoStatus, "x", ""}, {Abnormal, "", ""}, {0, "", ""}, {5000, "", ""}, {1015, "", ""}, {1004, "", ""},
	} {
		assert.Equal(t, c.want, string(appendClose(nil, c.code, c.reason)), "%v %q", c.code, c.reason)
	}
	assert.Equal(t, "1013 (try again later) 4000", TryLater.String()+" "+Code(4000).String())
}
