package workers

import (
	"context"
	"errors"
	"net"
	"net/rpc"
)

// Adder is the service of the peers that speak net/rpc.
type Adder struct{}

// Add adds one to each item.
func (Adder) Add(items []int, out *[]int) error {
	for i := range items {
		items[i]++
	}
	*out = items
	return nil
}

// Echo returns data.
func (Adder) Echo(data []byte, out *[]byte) error {
	*out = data
	return nil
}

// Spin never returns.
func (Adder) Spin(int, *int) error {
	spin()
	return nil
}

func serveRPC(conn net.Conn) error {
	server := rpc.NewServer()
	if err := server.Register(Adder{}); err != nil {
		return err
	}
	server.ServeConn(conn)
	return nil
}

// rpcCalls are calls of an Adder under a name.
type rpcCalls struct {
	client  *rpc.Client
	service string
}

func (p rpcCalls) Add(ctx context.Context, n int) (int, error) { return one(ctx, n, p.AddAll) }

func (p rpcCalls) AddAll(_ context.Context, items []int) (out []int, err error) {
	err = p.client.Call(p.service+".Add", items, &out)
	return out, err
}

func (p rpcCalls) Echo(_ context.Context, data []byte) (out []byte, err error) {
	err = p.client.Call(p.service+".Echo", data, &out)
	return out, err
}

func (p rpcCalls) spin() error {
	var none int
	return p.client.Call(p.service+".Spin", 0, &none)
}

// An rpcPeer is a child process that serves net/rpc over a Unix socket.
type rpcPeer struct {
	rpcCalls
	socketChild
}

func startRPC() (Peer, error) {
	c, err := startUnix("rpc")
	if err != nil {
		return nil, err
	}
	return &rpcPeer{rpcCalls{rpc.NewClient(c.conn), "Adder"}, c}, nil
}

func (p *rpcPeer) Spin(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })()
	return p.spin()
}

func (p *rpcPeer) Pids() []int { return []int{p.cmd.Process.Pid} }

func (p *rpcPeer) Close() error {
	err := p.client.Close()
	if errors.Is(err, rpc.ErrShutdown) { // it was killed
		err = nil
	}
	return errors.Join(err, p.life.Close(), waited(p.cmd))
}
