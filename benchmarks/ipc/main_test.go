package ipc_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/fanfold/fanfold/ipc"
)

// increment is the function that every process serves.
var increment = ipc.Func("increment", func(_ context.Context, n int) (int, error) { return n + 1, nil })

func TestMain(m *testing.M) {
	switch os.Getenv(roleKey) {
	case gobRole:
		exit(serveGob(os.Stdin, os.Stdout))
	case rpcRole:
		exit(serveRPC(os.Stdin, os.Getenv(addressKey)))
	}
	os.Exit(ipc.TestMain(m))
}

// The environment tells a child of the hand-made peers what to be.
const (
	roleKey    = "BENCH_PEER"
	addressKey = "BENCH_PEER_ADDRESS"
	gobRole    = "gob"
	rpcRole    = "rpc"
)

// exit ends a child.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark peer:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
