// Package drain lets the servers below netx give their handlers contexts that are made for
// them. A server of a hundred thousand idle connections has as many of these.
package drain

import "context"

// Key is the key of the context that ends when the server of a handler shuts down.
type Key struct{}

// Of returns the context that ends when the server of a handler shuts down, or nil.
func Of(ctx context.Context) context.Context {
	draining, _ := ctx.Value(Key{}).(context.Context)
	return draining
}

// A Server is what WithDraining gets from a server that also tells when its grace is over.
type Server struct {
	context.Context                 // ends when the server shuts down
	Over            context.Context // ends when the grace is over
}

// A Handler is the context of a handler that has a draining context of its own, which
// netx.Draining returns.
type Handler interface {
	context.Context
	Draining() context.Context
}
