package ipc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
)

// Adder is the service of the net/rpc peer.
type Adder struct{}

// Add adds one to each item.
func (Adder) Add(items []int, out *[]int) error {
	for i := range items {
		items[i]++
	}
	*out = items
	return nil
}

// serveRPC connects to address and serves it until the parent hangs up or, which
// ends life, is gone.
func serveRPC(life io.Reader, address string) error {
	conn, err := net.Dial("unix", address)
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, life)
		conn.Close()
	}()
	server := rpc.NewServer()
	if err := server.Register(Adder{}); err != nil {
		return err
	}
	server.ServeConn(conn)
	return nil
}

// An rpcPeer is a child process that serves net/rpc over a Unix socket.
type rpcPeer struct {
	cmd    *exec.Cmd
	life   io.Closer
	dir    string
	client *rpc.Client
}

func startRPC() (p peer, err error) {
	dir, err := os.MkdirTemp("", "rpcpeer-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	address := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", address)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"="+rpcRole, addressKey+"="+address)
	cmd.Stderr = os.Stderr
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	conn, err := listener.Accept()
	if err != nil {
		return nil, errors.Join(err, life.Close(), cmd.Wait())
	}
	return &rpcPeer{cmd, life, dir, rpc.NewClient(conn)}, nil
}

func (p *rpcPeer) chunk(_ context.Context, items []int) (out []int, err error) {
	err = p.client.Call("Adder.Add", items, &out)
	return out, err
}

func (p *rpcPeer) call(ctx context.Context, n int) (int, error) {
	out, err := p.chunk(ctx, []int{n})
	if err != nil {
		return 0, err
	}
	return out[0], nil
}

func (p *rpcPeer) close() error {
	return errors.Join(p.client.Close(), p.life.Close(), p.cmd.Wait(), os.RemoveAll(p.dir))
}
