// Package concurrent gives goroutines that share memory what package sync leaves
// out: locks, conditions and barriers whose waiting can be cancelled, queues that
// can be waited for and shut down, futures, pools and tasks.
//
// # Waiting
//
// What blocks takes a context first, and there are no timeout parameters: a
// deadline is a property of the context. The rules are the same everywhere:
//
//   - A context that is done on entry takes nothing, and its cause is returned
//     (context.Cause), also where nothing would have had to be waited for.
//   - Where success and the end of the context race, success wins. No permit, item
//     or wake-up is lost or taken twice.
//   - Methods whose names begin with Try never block.
//   - Lock and Unlock alone take no context, so that a [Lock] is a sync.Locker.
//
// All waiting is durable in the sense of [testing/synctest], also for a lock that
// is held over a sleep.
//
// # Misuse
//
// Misuse that is certain to be a mistake of the program (the unlock of an unlocked
// lock, more permits released than acquired where there is a bound, a negative
// size, a nil function) panics with a text that begins with "concurrent:". What
// can happen to a correct program is an error: [ErrShutdown], [ErrFull],
// [ErrEmpty], [ErrBroken].
package concurrent
