package serve

import (
	"context"
	"log"
	"time"

	"github.com/fanfold/fanfold/ioloop"
)

// grace is how long connections have to end by themselves.
const grace = 2 * time.Second

// Run runs the loop until ctx ends. Then the server accepts no more, and end is called on the
// loop, which may close connections. Run returns when all of them have ended, or were
// aborted since that took too long. It does not close the loop.
func Run(ctx context.Context, loop *ioloop.Loop, server *ioloop.Server, end func()) error {
	if err := loop.Run(ctx); ctx.Err() == nil {
		return err
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		server.Close()
		loop.Post(ctx, end) // after the last connection was accepted
		if err := server.Shutdown(ctx); err != nil {
			log.Printf("connections that had not ended after %v were aborted", grace)
		}
		loop.Stop()
	}()
	return loop.Run(context.WithoutCancel(ctx))
}
