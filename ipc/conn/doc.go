// Package conn carries messages between processes: Go values, bytes and open files.
//
// [Pipe] makes two connections that are each other's ends, for a process and another one
// that it starts. [Listen] and [Dial] make one between processes that are not related.
//
//	ours, theirs, err := conn.Pipe()
//	…
//	err = conn.Send(ctx, ours, Question{"How many?"})
//	…
//	answer, err := conn.Recv[Answer](ctx, ours)
//
// # Messages
//
// [Send] and [Recv] carry values of any type that can be an argument of a function of
// package ipc and holds no files. [Connection.SendBytes] and [Connection.SendFile] carry
// bytes and open files. A message arrives whole, in order and once. The bytes do not say
// of what type a value is: both ends use the same one. A message that cannot be one of it
// is an error and not a panic.
//
// A sender blocks while the other end does not receive: no buffer grows. When the ctx of
// a call ends, the call does. A receiver that is canceled loses nothing.
//
// The bytes on the way are those of Python's multiprocessing.connection, which can be the
// other end: conn.Dial meets Listener, conn.Listen meets Client. Their send_bytes and
// recv_bytes are SendBytes and RecvBytes; pickled objects stay Python's own.
//
// # Access
//
// The path of a [Listener] belongs to its user: other users cannot connect. With
// [Options].AuthKey both sides prove that they know a secret, by HMAC-SHA256, as Python
// does. Nothing is encrypted.
//
// # With processes of package ipc
//
// A [Connection] travels inside arguments and results of functions, which is how a
// process gets its end of a Pipe. [Wait] waits for several connections, listeners and
// processes at once.
//
// # Portability
//
// Connections work on every Unix. On other systems what makes them returns an error
// matching errors.ErrUnsupported.
package conn
