// Package ioloop is an event loop for any file descriptor.
//
// A [Loop] calls functions, one after the other, in one goroutine. It does so when a
// descriptor is ready, a timer is due, a signal comes, a child process ends, or another
// goroutine posts a function. State that only callbacks use needs no lock.
//
//	loop, err := ioloop.New()
//	loop.Every(time.Second, func() { fmt.Println("a second has passed") })
//	loop.Watch(fd, poll.Readable, func(poll.Events) { … })
//	err = loop.Run(ctx)
//
// # Turns
//
// The loop takes turns. In each turn it calls the watches of descriptors that are ready,
// then the timers that are due, then what [Loop.Soon] has scheduled in the turn before,
// then what other goroutines have posted. What a turn schedules runs in the next one. A
// callback that blocks holds up everything else: start a goroutine for it, and come back
// with [Loop.Post] or [Deliver]. [Options].Slow finds such callbacks.
//
// # Connections
//
// A [Conn] is a stream of bytes over a descriptor. [Loop.Serve] and [Loop.Connect] make
// connections by package net, [Loop.Adopt] takes over any socket, pipe, terminal or
// serial line, and [Loop.Pipe] makes one in memory, for tests. A connection calls the
// functions of its [Handler]. Its limits are on by default: see [ConnOptions]. A [Stream]
// is a connection for goroutines, with ReadLine and the like. [Streams] serves each in a
// goroutine, and [Loop.Dial] makes one.
//
// # io_uring
//
// With [Options].Ring the kernel carries out what connections and files have begun, and
// tells when it has ended. That costs less processor time from a hundred connections on, and
// files that bypass the cache of the system become faster. The functions and their order are
// the same. Run keeps its thread meanwhile, so that switches to other goroutines cost more.
//
// # Goroutines
//
// Methods for callbacks may be called by callbacks, and by any one goroutine while the
// loop does not run. These are the methods of [Timer], [Watch] and [Conn], and of Loop:
// Now, Soon, AfterFunc, At, Every, Watch, Signal, Child and Adopt. They check that as
// well as they can, and the race detector finds the rest. All other functions and methods
// may be called by any goroutine.
//
// # The end
//
// A server ends without losing anything by [Server.Shutdown], in a goroutine, since it waits
// for connections that the loop serves; then comes [Loop.Stop].
//
// [Loop.Run] returns when its ctx ends or after [Loop.Stop], and can be called again.
// [Loop.Close] ends everything. Then nothing of the loop is left: no goroutine, no
// descriptor.
//
// # Tests
//
// With a poller of [poll.Scripted] a loop runs in a bubble of testing/synctest: time
// passes at once, and descriptors are what a script says.
package ioloop
