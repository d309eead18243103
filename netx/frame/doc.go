// Package frame sends and receives messages over byte streams, such as TCP connections,
// which do not keep the boundaries of what was written. A [Codec] says where a message
// ends: by a length before it ([Length], [Varint]), by a delimiter after it ([Delimited],
// [Lines]), or by its size ([Fixed]).
//
//	err := frame.Serve(ctx, listener, frame.Length(4, binary.BigEndian), handle)
//
// A handler is a func(context.Context, []byte) ([]byte, error). [Client.Call] is one, and a
// function that runs in another process is one: Parse.On(pool), of package ipc, parses the
// messages of strangers in processes that are killed at their deadlines. The server goes on.
//
// A [Conn] reads with a context whose end loses nothing, and writes several messages in one
// system call. Its memory grows as bytes come, never as they are announced, up to
// [Options].MaxMessage, and a connection that waits holds no buffer (on Unix).
//
// What is left out: publishing and subscribing, and answers in another order than that of
// the messages, which NATS and gRPC do well; messages in pieces, for which there is HTTP.
package frame
