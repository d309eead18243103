//go:build linux

package echo_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// A task is what a client does: so many connections, each of which sends so many requests
// of so many bytes at once and waits for all answers.
type task struct {
	Addr              string
	Server            int // its process
	Conns, Size, Deep int
}

// A client speaks to a server by bare system calls, so that it costs the same for all of
// them and less than they do.
type client struct {
	task
	poller  int
	conns   []conn
	request []byte
	buffer  []byte
}

// A conn has so many bytes to send, and so many to come.
type conn struct{ fd, out, in int }

// request makes the connections and sends one request over each. Then it reads from its
// standard input how many requests to measure, until that ends.
func request(spec string) error {
	c := &client{buffer: make([]byte, 64<<10)}
	if err := json.Unmarshal([]byte(spec), &c.task); err != nil {
		return err
	}
	c.request = make([]byte, c.Size*c.Deep)
	var err error
	if c.poller, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	if _, err := c.measure(1); err != nil {
		return err
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var n int64
		if _, err := fmt.Sscan(in.Text(), &n); err != nil {
			return err
		}
		r, err := c.measure(n)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) connect() error {
	tcp, err := net.ResolveTCPAddr("tcp4", c.Addr)
	if err != nil {
		return err
	}
	to := &unix.SockaddrInet4{Port: tcp.Port, Addr: [4]byte(tcp.IP.To4())}
	for i := range c.Conns {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Connect(fd, to); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return err
		}
		if err := unix.SetNonblock(fd, true); err != nil {
			return err
		}
		c.conns = append(c.conns, conn{fd: fd})
		if err := c.want(i, unix.EPOLL_CTL_ADD, unix.EPOLLIN); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) want(i, op int, events uint32) error {
	return unix.EpollCtl(c.poller, op, c.conns[i].fd, &unix.EpollEvent{Events: events, Fd: int32(i)})
}

// measure sends at least n requests and waits for all answers.
func (c *client) measure(n int64) (pinned.Result, error) {
	return pinned.Measure(c.Server, func() (int64, error) { return c.run(n) })
}

func (c *client) run(n int64) (sent int64, err error) {
	for i := range c.conns {
		if err := c.ask(i); err != nil {
			return 0, err
		}
	}
	sent = int64(c.Conns * c.Deep)
	events := make([]unix.EpollEvent, 1024)
	for busy := c.Conns; busy > 0; {
		found, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(c.poller), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), ^uintptr(0), 0, 0)
		if errno != 0 && errno != unix.EINTR {
			return 0, errno
		}
		if errno != 0 {
			continue
		}
		for _, e := range events[:found] {
			i := int(e.Fd)
			if e.Events&unix.EPOLLOUT != 0 {
				if err := c.send(i); err != nil {
					return 0, err
				}
			}
			answered, err := c.receive(i)
			switch {
			case err != nil:
				return 0, err
			case !answered:
			case sent >= n:
				busy--
			default:
				if err := c.ask(i); err != nil {
					return 0, err
				}
				sent += int64(c.Deep)
			}
		}
	}
	return sent, nil
}

// ask sends the next requests over a connection.
func (c *client) ask(i int) error {
	c.conns[i].out, c.conns[i].in = len(c.request), len(c.request)
	return c.send(i)
}

// send sends what is to be sent. What does not leave is sent later.
func (c *client) send(i int) error {
	k := &c.conns[i]
	late := k.out < len(c.request)
	for k.out > 0 {
		n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(k.fd), uintptr(unsafe.Pointer(&c.request[0])), uintptr(k.out))
		if errno == unix.EAGAIN {
			return c.want(i, unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLOUT)
		}
		if errno != 0 {
			return fmt.Errorf("write: %w", errno)
		}
		k.out -= int(n)
	}
	if late {
		return c.want(i, unix.EPOLL_CTL_MOD, unix.EPOLLIN)
	}
	return nil
}

// receive reads once. It reports whether the last byte of the answers has come.
func (c *client) receive(i int) (bool, error) {
	k := &c.conns[i]
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(k.fd), uintptr(unsafe.Pointer(&c.buffer[0])), uintptr(len(c.buffer)))
	switch {
	case errno == unix.EAGAIN:
		return false, nil
	case errno != 0:
		return false, fmt.Errorf("read: %w", errno)
	case n == 0:
		return false, fmt.Errorf("connection %d: the server has closed it", i)
	}
	k.in -= int(n)
	if k.in < 0 {
		return false, fmt.Errorf("connection %d: %d bytes too many", i, -k.in)
	}
	return k.in == 0, nil
}
