//go:build unix && !aix

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// start runs a room, and returns its address and what ends it, in order.
func start(t *testing.T, pace time.Duration) (addr string, end func() error) {
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, listener, pace, 32<<10) }()
	return listener.Addr().String(), func() error {
		cancel()
		return <-done
	}
}

// A member of a test reads lines.
type member struct {
	net.Conn
	lines *bufio.Reader
}

// join connects a member, by a dialer that may set something up.
func join(t *testing.T, dialer net.Dialer, addr, name string) *member {
	t.Helper()
	conn, err := dialer.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { conn.Close() })
	m := &member{conn, bufio.NewReader(conn)}
	m.hears(t, "What is your name?")
	m.says(t, name)
	m.hears(t, "Hello, "+printable([]byte(name))+"!")
	return m
}

func (m *member) says(t *testing.T, line string) {
	t.Helper()
	_, err := io.WriteString(m, line+"\n")
	require.NoError(t, err)
}

func (m *member) hears(t *testing.T, want string) {
	t.Helper()
	line, err := m.lines.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, want+"\n", line)
}

// Hundreds of idle members hear all that is said, in order. One of them reads nothing, and
// is dropped: that holds nobody up.
func TestSlowMember(t *testing.T) {
	addr, end := start(t, time.Microsecond)
	small := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096) })
	}}
	slow := join(t, small, addr, "slow")
	var idle []*member
	for i := range effort.Times(200, 100, 5000) {
		idle = append(idle, join(t, net.Dialer{}, addr, fmt.Sprint("idle", i)))
	}
	talker := join(t, net.Dialer{}, addr, "talker")
	text := strings.Repeat("x", 900)
	for i := range 200 { // more than all buffers of the slow one hold
		line := fmt.Sprint(i, " ", text)
		talker.says(t, line)
		for _, m := range idle {
			m.hears(t, "talker: "+line)
		}
	}
	_, err := io.Copy(io.Discard, slow.lines)
	require.ErrorIs(t, err, syscall.ECONNRESET)

	talker.says(t, "the last line")
	idle[0].hears(t, "talker: the last line")
	require.NoError(t, end())
	for _, m := range idle[1:] { // it is sent, although the server ends
		m.hears(t, "talker: the last line")
		_, err := m.lines.ReadByte()
		require.ErrorIs(t, err, io.EOF)
	}
}

// A member cannot say more than others can read: it is read slowly.
func TestFastTalker(t *testing.T) {
	addr, end := start(t, 5*time.Millisecond)
	talker := join(t, net.Dialer{}, addr, "talker")
	listener := join(t, net.Dialer{}, addr, "listener")
	begin := time.Now()
	talker.says(t, strings.Repeat("x\n", 19)+"x")
	for range 20 {
		listener.hears(t, "talker: x")
	}
	require.GreaterOrEqual(t, time.Since(begin), 19*5*time.Millisecond)
	require.NoError(t, end())
}

// What is no line of a decent length ends the connection, and what is not printable is
// not passed on.
func TestStrangeLines(t *testing.T) {
	addr, end := start(t, time.Microsecond)
	talker := join(t, net.Dialer{}, addr, "talker\x1b[2J")
	listener := join(t, net.Dialer{}, addr, "listener")
	talker.says(t, "\r\n\x1b[31m日本\t\xff\r")
	listener.hears(t, "talker[2J: [31m日本\ufffd")
	talker.says(t, strings.Repeat("x", longestLine+1))
	_, err := talker.lines.ReadByte()
	require.Error(t, err)
	require.NoError(t, end())
}
