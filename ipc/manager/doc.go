// Package manager has objects that live in a server process, and proxies of them: lists,
// dictionaries and namespaces that the processes of a program share, and that strangers
// reach by an address.
//
//	m, err := manager.Start(ctx)
//	squares, err := manager.NewDict[string, int](ctx, m, nil)
//	_, err = fill.On(pool)(ctx, squares) // squares travels; the worker sets the same entries
//	entries, err := squares.Map(ctx)
//
// Each method of a proxy asks the server, so each takes a ctx and returns an error.
// Managers and proxies travel in arguments and results of functions of package ipc, and
// in messages of package conn. What arrives stands for the same server, or the same object.
// Their bytes hold the address of the server and its secret: send them only to processes
// that may use the server.
//
// Values are copied, as arguments are: see ipc.Func. Interfaces in them hold basic types.
// The constructors panic for a type that cannot travel. A value takes 64 MiB at most.
//
// # Names
//
// An object with a name ([ObjectOptions]) is made once, and found by constructors of the
// same name; the server keeps it. An object without a name is gone one minute after no
// process has a proxy of it any more. A proxy that has arrived counts from its first call.
//
// # Errors
//
// When the server has ended, each call returns an error matching [ErrGone] at once. If it
// was sent and not answered, the [*GoneError] says that it may have been carried out. An
// object, an index or an attribute that does not exist is [ErrNoObject], one of another
// type is [ErrType]. A call whose ctx ends returns the cause of ctx; the server has then
// usually not carried it out, and may have if it is slow.
//
// # Cost
//
// A process has one connection to a server, whatever number of goroutines call. A call
// takes two switches between processes, some tens of microseconds; calls of several
// goroutines at a time share them. For what fits into memory that processes share, package
// shm is a hundred times as fast.
//
// # Portability
//
// Managers work on every Unix. On other systems [Start] and [Dial] return an error
// matching errors.ErrUnsupported.
package manager
