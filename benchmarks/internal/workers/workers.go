// Package workers has the ways in which a Go program calls a function in another
// process, behind one interface: a pool of fanfold's, and its peers.
//
// A benchmark of this package's peers calls [Main] in its TestMain, since most of
// them start the test binary again.
package workers

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/fanfold/fanfold/ipc"
)

// A Peer is a process, or several, that serve a few functions. Its methods can be
// called by many goroutines.
type Peer interface {
	// Add adds one to n.
	Add(ctx context.Context, n int) (int, error)

	// AddAll adds one to each item.
	AddAll(ctx context.Context, items []int) ([]int, error)

	// Echo returns data.
	Echo(ctx context.Context, data []byte) ([]byte, error)

	// Spin runs until its process is killed, from outside or because ctx has ended.
	// The process is then of no more use, unless the peer replaces it.
	Spin(ctx context.Context) error

	// Pids returns the processes there are at this moment, those that run a call first.
	Pids() []int

	// Close ends the processes. Its error says nothing of one that was killed.
	Close() error
}

// A Kind is one way to a process.
type Kind struct {
	Name string

	// Start starts so many processes, or one if the kind has no more.
	Start func(workers int) (Peer, error)

	// Ours says that it is fanfold's.
	Ours bool

	// EachCall says that there is a process for each call, and none between them.
	EachCall bool
}

// Kinds are all of them.
var Kinds = []Kind{
	{Name: "exec-gob", Start: func(int) (Peer, error) { return &execPeer{}, nil }, EachCall: true},
	{Name: "gob-pipes", Start: func(int) (Peer, error) { return startGobPipes() }},
	{Name: "gob-unix", Start: func(int) (Peer, error) { return startGobUnix() }},
	{Name: "net-rpc-unix", Start: func(int) (Peer, error) { return startRPC() }},
	{Name: "go-plugin-netrpc", Start: func(int) (Peer, error) { return startPluginRPC() }},
	{Name: "go-plugin-grpc", Start: func(int) (Peer, error) { return startPluginGRPC() }},
	{Name: "fanfold", Start: func(n int) (Peer, error) { return StartPool(ipc.PoolOptions{Workers: n}) }, Ours: true},
}

// Main runs the tests, or what a parent has started this program for.
func Main(m *testing.M) {
	if serve, ok := roles[os.Getenv(roleKey)]; ok {
		exit(serve())
	}
	os.Exit(ipc.TestMain(m))
}

// Started returns a peer that has answered a call and is closed when b ends.
func Started(b *testing.B, k Kind, workers int) Peer {
	p := MustStart(b, k, workers)
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	return p
}

// MustStart returns a peer that has answered a call. It skips b where there are no
// pools of processes.
func MustStart(b *testing.B, k Kind, workers int) Peer {
	p, err := k.Start(workers)
	if errors.Is(err, errors.ErrUnsupported) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	Check(b, p)
	return p
}

// Check calls p once.
func Check(b *testing.B, p Peer) {
	if got, err := p.Add(b.Context(), 41); err != nil || got != 42 {
		b.Fatalf("Add(41) = %d, %v", got, err)
	}
}

// one makes an Add of an AddAll.
func one(ctx context.Context, n int, all func(context.Context, []int) ([]int, error)) (int, error) {
	out, err := all(ctx, []int{n})
	if err != nil {
		return 0, err
	}
	if len(out) != 1 {
		return 0, errAnswers
	}
	return out[0], nil
}

var errAnswers = errors.New("workers: not one answer to one item")

// spin is the function that never returns.
func spin() {
	for n := 0; ; n++ {
	}
}
