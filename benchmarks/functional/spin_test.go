package functional_test

import "context"

// turnsPerMicrosecond is how many turns of spin's loop are called a
// microsecond: what a processor at 4.2 GHz does, four cycles a turn.
const turnsPerMicrosecond = 1040

// spin returns a number that depends on every one of its turns, each of which
// needs the one before: neither the compiler nor the processor can shorten it.
//
//go:noinline
func spin(turns int) uint64 {
	x := uint64(turns) | 1
	for range turns {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// An itemFunc is what all implementations are given to call.
type itemFunc func(context.Context, int) (uint64, error)

// work is an item that costs the given number of turns.
func work(_ context.Context, turns int) (uint64, error) { return spin(turns), nil }

// trivial is an item that costs next to nothing, so that what is measured is
// the cost of handing it out.
func trivial(_ context.Context, n int) (uint64, error) { return mix(n), nil }

// mix is small enough to be inlined into a loop.
func mix(n int) uint64 {
	x := uint64(n) * 0x9e3779b97f4a7c15
	return x ^ x>>32
}
