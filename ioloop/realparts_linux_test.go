package ioloop_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

// tun makes a tun device and a socket of datagrams that sends into it, in a network of their
// own, which is gone with them. It skips the test where that is not allowed.
func tun(t *testing.T) (device, datagrams *os.File) {
	t.Helper()
	type made struct {
		device, datagrams int
		err               error
	}
	result := make(chan made)
	go func() { // on a thread that leaves the network of the others, and ends
		runtime.LockOSThread()
		m := made{device: -1, datagrams: -1}
		m.device, m.datagrams, m.err = makeTun()
		result <- m
	}()
	m := <-result
	if m.err != nil {
		t.Skip("no tun device here:", m.err)
	}
	device, datagrams = os.NewFile(uintptr(m.device), "tun"), os.NewFile(uintptr(m.datagrams), "udp")
	t.Cleanup(func() { device.Close(); datagrams.Close() })
	return device, datagrams
}

func makeTun() (device, datagrams int, err error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return -1, -1, fmt.Errorf("unshare: %w", err)
	}
	device, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("/dev/net/tun: %w", err)
	}
	datagrams, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		err = connectTun(device, datagrams)
	}
	if err != nil {
		unix.Close(device)
		unix.Close(datagrams)
	}
	return device, datagrams, err
}

// connectTun gives the device an address, and connects the socket to its neighbour.
func connectTun(device, datagrams int) error {
	request, err := unix.NewIfreq("fanfold0")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(device, unix.TUNSETIFF, request); err != nil {
		return fmt.Errorf("TUNSETIFF: %w", err)
	}
	for _, step := range []struct {
		request uint
		set     func() error
	}{
		{unix.SIOCSIFADDR, func() error { return request.SetInet4Addr([]byte{10, 9, 8, 1}) }},
		{unix.SIOCSIFNETMASK, func() error { return request.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{unix.SIOCSIFFLAGS, func() error { request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }},
	} {
		if err := step.set(); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(datagrams, step.request, request); err != nil {
			return fmt.Errorf("request %#x: %w", step.request, err)
		}
	}
	return unix.Connect(datagrams, &unix.SockaddrInet4{Port: 7, Addr: [4]byte{10, 9, 8, 2}})
}

// A tun device gives one packet at a time, and takes one that a callback writes: the loop is
// a machine that echoes datagrams.
func TestTun(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		device, datagrams := tun(t)
		on(t, l, func() {
			_, err := l.Adopt(device, func(*ioloop.Conn) *ioloop.Handler {
				return &ioloop.Handler{Data: func(c *ioloop.Conn, packet []byte) (int, error) {
					const udp, head = 17, 20
					if len(packet) < head+8 || packet[0] != 0x45 || packet[9] != udp {
						return len(packet), nil // the system's own, of IPv6
					}
					answer := append([]byte(nil), packet...)
					copy(answer[12:16], packet[16:20]) // the checksums stay right
					copy(answer[16:20], packet[12:16])
					copy(answer[head:head+2], packet[head+2:head+4])
					copy(answer[head+2:head+4], packet[head:head+2])
					if length := binary.BigEndian.Uint16(packet[2:]); int(length) != len(packet) {
						return 0, fmt.Errorf("%d bytes of a packet of %d", len(packet), length)
					}
					_, err := c.Write(answer)
					return len(packet), err
				}}
			})
			require.NoError(t, err)
		})
		for i := range 20 {
			text := strings.Repeat("datagram ", i+1)
			_, err := io.WriteString(datagrams, text)
			require.NoError(t, err)
			b := make([]byte, 1500)
			n, err := datagrams.Read(b)
			require.NoError(t, err)
			require.Equal(t, text, string(b[:n]))
		}
	})
}

// vsock makes a pair of connected sockets for virtual machines, of this one with itself. It
// skips the test where there are none.
func vsock(t *testing.T) (near, far *os.File) {
	t.Helper()
	listener, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skip("no vsock here:", err)
	}
	defer unix.Close(listener)
	require.NoError(t, unix.Bind(listener, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: unix.VMADDR_PORT_ANY}))
	require.NoError(t, unix.Listen(listener, 1))
	own, err := unix.Getsockname(listener)
	require.NoError(t, err)
	client, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.SetNonblock(client, true))
	far = os.NewFile(uintptr(client), "vsock")
	t.Cleanup(func() { far.Close() })
	err = unix.Connect(client, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: own.(*unix.SockaddrVM).Port})
	if err != nil && err != unix.EINPROGRESS {
		t.Skip("vsock has no loopback here (the module vsock_loopback):", err)
	}
	waiting := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	if n, err := unix.Poll(waiting, 200); n != 1 {
		t.Skip("vsock has no loopback here (the module vsock_loopback): no connection comes", err)
	}
	accepted, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	require.NoError(t, err)
	near = os.NewFile(uintptr(accepted), "vsock")
	t.Cleanup(func() { near.Close() })
	return near, far
}

// Sockets of a family that package net does not know are adopted as files.
func TestVsock(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		near, far := vsock(t)
		ended := make(chan error, 1)
		on(t, l, func() {
			_, err := l.Adopt(near, func(c *ioloop.Conn) *ioloop.Handler {
				h := echo(c)
				h.Close = func(_ *ioloop.Conn, err error) { ended <- err }
				require.Nil(t, c.LocalAddr(), "net has no type for it")
				return h
			})
			require.NoError(t, err)
		})
		text := strings.Repeat("to itself ", 10_000)
		go io.WriteString(far, text)
		got := make([]byte, len(text))
		_, err := io.ReadFull(far, got)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
		require.NoError(t, far.Close())
		require.NoError(t, <-ended)
	})
}

// A socket that systemd has opened is served, and is left as it is: its file stays, and the
// next service goes on with what has come meanwhile.
func TestSocketActivation(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		for _, way := range []string{"polled", "ring"} {
			t.Run(network+", "+way, func(t *testing.T) {
				addr := "127.0.0.1:0"
				if network == "unix" {
					addr = filepath.Join(t.TempDir(), "socket")
				}
				ln, err := net.Listen(network, addr)
				require.NoError(t, err)
				defer ln.Close()
				socket, err := ln.(interface{ File() (*os.File, error) }).File()
				require.NoError(t, err)
				defer socket.Close()
				for range 2 {
					c, err := net.Dial(network, ln.Addr().String()) // before there is a service
					require.NoError(t, err)
					send(t, c, "hello")
					cmd := exec.Command(os.Args[0])
					cmd.Env = append(os.Environ(), activated+"="+way, "LISTEN_FDS=1")
					cmd.ExtraFiles = []*os.File{socket}
					end, err := cmd.StdinPipe()
					require.NoError(t, err)
					var out strings.Builder
					cmd.Stdout, cmd.Stderr = &out, os.Stderr
					require.NoError(t, cmd.Start())
					expect(t, c, "hello")
					require.NoError(t, c.Close())
					require.NoError(t, end.Close())
					require.NoError(t, cmd.Wait(), "%s", &out)
					require.Equal(t, "ended\n", out.String())
					if network == "unix" {
						require.FileExists(t, addr)
					}
				}
			})
		}
	}
}

// A connection that an HTTP server gives away goes on in the loop, with the bytes that the
// server has read already.
func TestHijack(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		failed := make(chan error, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			nc, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				failed <- err
				return
			}
			rest, _ := buffered.Peek(buffered.Reader.Buffered())
			failed <- l.Post(background, func() {
				_, err := l.Adopt(nc.(syscall.Conn), func(c *ioloop.Conn) *ioloop.Handler {
					c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"))
					c.Unread(rest)
					return echo(c)
				})
				if err != nil {
					nc.Close()
				}
			})
		}))
		defer server.Close()
		for _, early := range []string{"", "with the request, "} {
			c, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			send(t, c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"+early)
			require.NoError(t, <-failed)
			r := bufio.NewReader(c)
			answer, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
			send(t, c, "and later")
			require.NoError(t, c.(*net.TCPConn).CloseWrite())
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, early+"and later", string(got))
			require.NoError(t, c.Close())
		}
	})
}
