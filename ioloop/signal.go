package ioloop

import (
	"context"
	"os"
	"os/signal"
	"sync"
)

// Signal makes the loop call f when the process gets sig, as signal.Notify does. Signals
// that come in quick succession may be one call. stop ends that, and may be called more
// than once. A goroutine waits for each Signal until stop or Close. Signal is for
// callbacks; any goroutine may call stop. Python: loop.add_signal_handler.
func (l *Loop) Signal(sig os.Signal, f func()) (stop func()) {
	l.check("Signal")
	if f == nil {
		panic("ioloop: Signal with a nil function")
	}
	caught := make(chan os.Signal, 1)
	ended := make(chan struct{})
	signal.Notify(caught, sig)
	l.stats.watches.Add(1)
	l.help(context.Background(), func(ctx context.Context) {
		defer l.stats.watches.Add(-1)
		defer signal.Stop(caught)
		for {
			select {
			case <-caught:
				l.send(func() {
					select {
					case <-ended:
					default:
						f()
					}
				})
			case <-ended:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	return sync.OnceFunc(func() { close(ended) })
}
