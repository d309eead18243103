package ws

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A Write that its deadline ends in the middle of a message is completed by the next call;
// what it counts is sent once.
func TestNetConnDeadlines(t *testing.T) {
	for _, client := range []bool{false, true} {
		for _, size := range []int{100, 3 * bufferSize} {
			synctest.Test(t, func(t *testing.T) {
				c, peer := ends(client, 0, Options{})
				conn := NetConn(c, Binary)
				require.NoError(t, conn.SetWriteDeadline(time.Now().Add(time.Second)))
				n, err := conn.Write(make([]byte, size)) // nothing is taken
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.Zero(t, n)
				require.NoError(t, conn.SetDeadline(time.Time{}))

				go func() {
					io.ReadFull(peer, make([]byte, 10))
					conn.SetWriteDeadline(time.Unix(1, 0))
				}()
				data := make([]byte, size)
				for i := range data {
					data[i] = byte(i)
				}
				n, err = conn.Write(data)
				timeout, ok := errors.AsType[net.Error](err)
				require.True(t, ok && timeout.Timeout(), "%v", err)
				require.Equal(t, size, n, "the rest is sent later")
				require.NoError(t, conn.SetWriteDeadline(time.Time{}))
				sent := make(chan error, 1)
				go func() {
					_, err := conn.Write([]byte("next"))
					sent <- err
				}()
				head := headerSize(byte(126))
				if client {
					head += 4
				}
				io.CopyN(io.Discard, peer, int64(len(data)+head-10-map[bool]int{true: 2}[size < 126]))
				f, err := readFrame(peer)
				require.NoError(t, err)
				require.Len(t, f.Payload, 4)
				require.NoError(t, <-sent)

				// A Read that waits is ended, and one after that goes on.
				go func() {
					time.Sleep(time.Second)
					conn.SetReadDeadline(time.Now())
				}()
				_, err = conn.Read(make([]byte, 1))
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Hour)))
				go peer.Write(encoded([]raw{{first: bin1, payload: "abc"}, {first: bin1}, {first: bin1, payload: "d"}, bye}, !client))
				go io.Copy(io.Discard, peer)
				got, err := io.ReadAll(conn)
				require.NoError(t, err, "the other side closes with Normal")
				require.Equal(t, "abcd", string(got))
				peer.Close()
				require.NoError(t, conn.Close())
				require.Error(t, conn.SetDeadline(time.Time{}))
				_, err = conn.Write(nil)
				require.Error(t, err)
			})
		}
	}
}

// A message of the other kind ends it.
func TestNetConnKind(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	require.NoError(t, client.Write(t.Context(), Text, []byte("x")))
	go client.Read(t.Context())
	_, err := NetConn(server, Binary).Read(make([]byte, 1))
	e, ok := errors.AsType[*CloseError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, Unsupported, e.Code)
	assert.PanicsWithValue(t, "ws: NetConn with Kind(9), want Text or Binary", func() { NetConn(server, 9) })
}
