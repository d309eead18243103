package workers

import (
	"context"
	"encoding/binary"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A grpcPlugin makes a plugin that speaks gRPC. Its messages are bytes, which
// protobuf encodes by copying them; items are eight bytes each.
type grpcPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&grpcService, nil)
	return nil
}

func (grpcPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return c, nil
}

// grpcService is what protoc would write of three methods from bytes to bytes.
var grpcService = grpc.ServiceDesc{
	ServiceName: "adder",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		grpcMethod("Add", func(data []byte) []byte {
			for at := 0; at+8 <= len(data); at += 8 {
				binary.LittleEndian.PutUint64(data[at:], binary.LittleEndian.Uint64(data[at:])+1)
			}
			return data
		}),
		grpcMethod("Echo", func(data []byte) []byte { return data }),
		grpcMethod("Spin", func([]byte) []byte { spin(); return nil }),
	},
}

func grpcMethod(name string, f func([]byte) []byte) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: name,
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var in wrapperspb.BytesValue
			if err := decode(&in); err != nil {
				return nil, err
			}
			return wrapperspb.Bytes(f(in.Value)), nil
		},
	}
}

// A pluginGRPCPeer is a plugin that speaks gRPC.
type pluginGRPCPeer struct {
	pluginChild
	conn *grpc.ClientConn
}

func startPluginGRPC() (Peer, error) {
	c, conn, err := startPlugin(pluginGRPC, grpcPlugin{})
	if err != nil {
		return nil, err
	}
	return pluginGRPCPeer{pluginChild{c}, conn.(*grpc.ClientConn)}, nil
}

func (p pluginGRPCPeer) call(ctx context.Context, method string, data []byte) ([]byte, error) {
	var out wrapperspb.BytesValue
	err := p.conn.Invoke(ctx, "/adder/"+method, wrapperspb.Bytes(data), &out)
	return out.Value, err
}

func (p pluginGRPCPeer) Add(ctx context.Context, n int) (int, error) { return one(ctx, n, p.AddAll) }

func (p pluginGRPCPeer) AddAll(ctx context.Context, items []int) ([]int, error) {
	data := make([]byte, 0, 8*len(items))
	for _, n := range items {
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
	}
	data, err := p.call(ctx, "Add", data)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(data)/8)
	for i := range out {
		out[i] = int(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return out, nil
}

func (p pluginGRPCPeer) Echo(ctx context.Context, data []byte) ([]byte, error) {
	return p.call(ctx, "Echo", data)
}

// Spin kills the plugin when the call has ended with ctx, which the plugin may have told
// it before it saw that itself: the function would go on.
func (p pluginGRPCPeer) Spin(ctx context.Context) error {
	_, err := p.call(ctx, "Spin", nil)
	if ctx.Done() != nil {
		p.client.Kill()
	}
	return err
}
