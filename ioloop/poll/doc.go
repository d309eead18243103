// Package poll waits until file descriptors are ready. One type, [Poller], stands for
// select, poll, epoll, kqueue and signal-driven I/O.
//
// # Use
//
// A program adds a descriptor and says which [Events] it wants. [Poller.Wait] blocks
// until at least one descriptor is ready and returns the events as a sequence:
//
//	poller, err := poll.New()
//	token, err := poller.Add(fd, poll.Readable)
//	for {
//		events, err := poller.Wait(ctx)
//		if err != nil {
//			return err
//		}
//		for event := range events {
//			if event.Token == token { … } // reading from fd does not block now
//		}
//	}
//
// Readiness is a hint. Make descriptors non-blocking, and treat EAGAIN as "not yet".
// A poller reads nothing, writes nothing and closes nothing.
//
// # Level, edge, one-shot
//
// By default a descriptor is reported by each Wait for as long as it is ready (level).
// With [Edge] it is reported when its state changes, so the program reads until EAGAIN.
// With [OneShot] it is reported once, and again after [Poller.Modify].
//
// # Tokens
//
// [Poller.Add] returns a [Token]: the descriptor and a generation. The system gives the
// number of a closed descriptor to the next file. A token tells the two apart, so that
// an event of a removed descriptor is never yielded, not even by the sequence that is
// being ranged over. A removed token gives [ErrStale].
//
// Remove a descriptor before it is closed. A descriptor that was closed first is not
// reported any more while no duplicate of it is open; its number can be added again.
//
// # Goroutines
//
// All methods may be called by any goroutine, also while another one waits. Only one
// goroutine at a time may be in [Poller.Wait] or [Poller.TryWait], or range over what
// they returned. [Poller.Wake] and [Poller.WakeAt] end a Wait.
//
// # Backends
//
// [New] takes the best backend of the system: epoll on Linux, kqueue on macOS and the
// BSDs, poll on other Unix systems. [Options] names another one. They differ in cost
// and in what they can report:
//
//   - [Select] takes descriptors below 1024 ([Options.BigSelect] lifts that on Linux).
//     It learns of HungUp, PeerClosed and Failed only for a descriptor from which
//     Readable or Writable is wanted.
//   - [Select] and [Poll] look at each descriptor during each Wait, so that their cost
//     grows with the number of descriptors. They refuse Edge.
//   - [Epoll] and [Kqueue] cost the same for any number of idle descriptors.
//   - [Sigio] gets a queued signal per change. It takes the descriptors whose
//     drivers send signals: sockets, pipes, terminals, inotify.
//
// [Scripted] is a poller for tests. It makes no system call, its descriptors are
// whatever a [Script] says, and its waiting is durable in testing/synctest.
//
// Windows and other systems without these calls get errors.ErrUnsupported. Completion
// ports do not report readiness, so no backend stands on them.
package poll
