package workers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// The environment tells a child what to be.
const (
	roleKey    = "BENCH_PEER"
	addressKey = "BENCH_PEER_ADDRESS"
	flavourKey = "BENCH_PEER_FLAVOUR"
)

// roles are what a child can be.
var roles = map[string]func() error{
	"gob":      func() error { return serveGob(os.Stdin, os.Stdout) },
	"gob-unix": func() error { return serveUnix(func(c net.Conn) error { return serveGob(c, c) }) },
	"rpc":      func() error { return serveUnix(serveRPC) },
	"plugin":   func() error { servePlugin(); return nil },
	"exec":     func() error { return serveOnce(os.Stdin, os.Stdout) },
}

// exit ends a child.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark peer:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// command returns this program in a role.
func command(role string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), roleKey+"="+role), env...)
	cmd.Stderr = os.Stderr
	return cmd
}

// waited waits for a child, whose being killed is no error.
func waited(cmd *exec.Cmd) error {
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == -1 {
		return nil
	}
	return err
}

// A socketChild is a child that has connected to a Unix socket of this process.
type socketChild struct {
	cmd  *exec.Cmd
	life io.Closer // its standard input, which ends with this process
	conn net.Conn
}

// startUnix starts a child in a role that serves a connection.
func startUnix(role string) (c socketChild, err error) {
	dir, err := os.MkdirTemp("", "peer-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(dir) // once the two are connected nobody needs the name
	address := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", address)
	if err != nil {
		return c, err
	}
	defer listener.Close()
	c.cmd = command(role, addressKey+"="+address)
	if c.life, err = c.cmd.StdinPipe(); err != nil {
		return c, err
	}
	if err := c.cmd.Start(); err != nil {
		return c, err
	}
	if c.conn, err = listener.Accept(); err != nil {
		return c, errors.Join(err, c.life.Close(), c.cmd.Wait())
	}
	return c, nil
}

// serveUnix serves the connection to the parent until that hangs up or, which ends
// the standard input, is gone.
func serveUnix(serve func(net.Conn) error) error {
	conn, err := net.Dial("unix", os.Getenv(addressKey))
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		conn.Close()
	}()
	if err := serve(conn); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
