package workers

import (
	"context"
	"fmt"
	"net/rpc"
	"os"
	"strconv"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// The two flavours of hashicorp/go-plugin, served by the same child.
const (
	pluginRPC  = "netrpc"
	pluginGRPC = "grpc"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH_PLUGIN", MagicCookieValue: "adder"}

// largest is the largest message that gRPC is told to take.
const largest = 64 << 20

func servePlugin() {
	config := &plugin.ServeConfig{
		HandshakeConfig: handshake,
		Logger:          hclog.NewNullLogger(),
		Plugins:         plugin.PluginSet{pluginRPC: rpcPlugin{}},
	}
	if os.Getenv(flavourKey) == pluginGRPC {
		config.Plugins = plugin.PluginSet{pluginGRPC: grpcPlugin{}}
		config.GRPCServer = func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(largest))...)
		}
	}
	plugin.Serve(config)
}

// An rpcPlugin makes an Adder a plugin.
type rpcPlugin struct{}

func (rpcPlugin) Server(*plugin.MuxBroker) (any, error) { return Adder{}, nil }

func (rpcPlugin) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) {
	return rpcCalls{c, "Plugin"}, nil
}

// startPlugin starts a child and returns what is called to reach it.
func startPlugin(flavour string, p plugin.Plugin) (*plugin.Client, any, error) {
	cmd := command("plugin", flavourKey+"="+flavour)
	cmd.Stderr = nil // the client's
	c := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          plugin.PluginSet{flavour: p},
		Cmd:              cmd,
		AllowedProtocols: []plugin.Protocol{plugin.Protocol(flavour)},
		Logger:           hclog.NewNullLogger(),
	})
	protocol, err := c.Client()
	if err != nil {
		c.Kill()
		return nil, nil, err
	}
	calls, err := protocol.Dispense(flavour)
	if err != nil {
		c.Kill()
		return nil, nil, err
	}
	return c, calls, nil
}

// A pluginChild is the process of a plugin.
type pluginChild struct{ client *plugin.Client }

func (p pluginChild) Pids() []int {
	pid, err := strconv.Atoi(p.client.ID())
	if err != nil {
		panic(fmt.Sprintf("workers: the id of a plugin is %q", p.client.ID()))
	}
	return []int{pid}
}

func (p pluginChild) Close() error {
	p.client.Kill()
	return nil
}

// A pluginRPCPeer is a plugin that speaks net/rpc.
type pluginRPCPeer struct {
	rpcCalls
	pluginChild
}

func startPluginRPC() (Peer, error) {
	c, calls, err := startPlugin(pluginRPC, rpcPlugin{})
	if err != nil {
		return nil, err
	}
	return pluginRPCPeer{calls.(rpcCalls), pluginChild{c}}, nil
}

func (p pluginRPCPeer) Spin(ctx context.Context) error {
	defer context.AfterFunc(ctx, p.pluginChild.client.Kill)()
	return p.spin()
}
