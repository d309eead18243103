package conn

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/fanfold/fanfold/internal/panics"
)

// Wait blocks until at least one of several waits is over. It returns the indexes of
// those that are over by then, in order. Those that have nothing to wait for are among
// them, unless the scheduler of goroutines is against it. A wait is a method value such as
// [Connection.Poll], [Listener.Poll] or the Join of an ipc.Process:
//
//	ready, err := conn.Wait(ctx, a.Poll, b.Poll, process.Join)
//
// The waits run in goroutines of their own, one each, under a ctx that is canceled when
// all have begun and one of them has ended. Wait returns when all have ended. A wait that ends with an error is
// over, too: the next call on its object says why. When ctx ends first, the error is its
// cause. Without waits Wait returns at once.
//
// When a wait panics, Wait panics with a [*PanicError] after all have returned. When a
// wait ends by runtime.Goexit, the calling goroutine does so too. Wait panics if a wait
// is nil.
//
// ("multiprocessing.connection.wait")
func Wait(ctx context.Context, waits ...func(context.Context) error) (ready []int, err error) {
	for i, wait := range waits {
		if wait == nil {
			panic(fmt.Sprintf("conn: Wait: the wait at index %d is nil", i))
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if len(waits) == 0 {
		return nil, nil
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	over := make(chan int, len(waits))
	died := make([]*panics.Caught, len(waits))
	var begun sync.WaitGroup
	begun.Add(len(waits))
	for i, wait := range waits {
		go func() {
			begun.Done()
			var err error
			end := func(caught *panics.Caught) {
				died[i] = caught
				// Waits that were cut short are not over, whatever they return.
				if err == nil || waiting.Err() == nil {
					over <- i
				} else {
					over <- -1
				}
			}
			end(panics.Try(func() { err = wait(waiting) }, end))
		}()
	}
	for n := range waits {
		if i := <-over; i >= 0 {
			ready = append(ready, i)
		}
		if n == 0 { // the others have their chance, or the last would win each time
			begun.Wait()
			runtime.Gosched()
			cancel(errWaited)
		}
	}
	for _, caught := range died {
		caught.Raise()
	}
	if len(ready) == 0 {
		return nil, context.Cause(ctx)
	}
	slices.Sort(ready)
	return ready, nil
}

var errWaited = errors.New("conn: another wait is over")
