package conn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	require.PanicsWithValue(t, "conn: Pipe: MaxMessage is -1 and AuthTimeout 0s, want 0 (the default) or more",
		func() { Pipe(Options{MaxMessage: -1}) })
	require.PanicsWithValue(t, "conn: Pipe with 2 conn.Options arguments, want at most one",
		func() { Pipe(Options{}, Options{}) })
}

// A zero value says what makes one.
func TestZeroValues(t *testing.T) {
	var c Connection
	var l Listener
	ctx := t.Context()
	for want, calls := range map[string][]func(){
		"conn: Connection not made by Pipe, OneWayPipe, Dial, Listener.Accept or FileConnection": {
			func() { _ = c.Close() }, func() { _, _ = c.File() }, func() { _ = c.Poll(ctx) }, func() { _, _ = c.RecvBytes(ctx) }, func() { _, _ = c.RecvFile(ctx) },
			func() { _ = c.SendBytes(ctx, nil) }, func() { _ = c.SendFile(ctx, nil) }, func() { _ = Send(ctx, &c, 1) }, func() { _, _ = Recv[int](ctx, &c) },
		},
		"conn: Listener not made by Listen": {func() { _, _ = l.Accept(ctx) }, func() { _ = l.Poll(ctx) }, func() { _ = l.Close() }},
	} {
		for _, call := range calls {
			require.PanicsWithValue(t, want, call)
		}
	}
}
