// Package ws is WebSocket (RFC 6455) for servers of net/http and for clients: messages with a
// context, many writers, streaming, compression, and a hub.
//
//	mux.Handle("/echo", ws.Handler(func(ctx context.Context, c *ws.Conn) error {
//		for msg, err := range c.All(netx.Draining(ctx)) {
//			if err != nil {
//				return err
//			}
//			if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
//				return err
//			}
//		}
//		return nil
//	}))
//
// # Connections
//
// [Handler] and [Accept] take connections from a server of net/http, [Dial] makes one by an
// *http.Client. A [Conn] has Read, Write, and for large messages Reader and Writer; [ReadJSON]
// and [WriteJSON] carry values, and [NetConn] is a net.Conn. The end of a context that was
// given to Read costs nothing: the next Read goes on. A Write that has sent a part of a
// message when its context ends closes the connection, since nothing else can follow.
//
// # Limits
//
// A message has at most 1 MiB, also after inflation, if [Options] do not say otherwise. Memory
// grows as bytes come, whatever a header announces. A connection that waits for a message
// holds no buffer. Pages of other sites may connect only if [AcceptOptions].Origins lists
// them. A Read that waits for 30 s asks whether the other side is there; this needs neither a
// goroutine nor a timer.
//
// # The end
//
// Close tells the other side a [Code] and a reason, and waits for its answer for up to 5 s.
// What is against the protocol closes the connection with the code that RFC 6455 has for it.
// When a server shuts down, netx.Draining of its handlers' contexts ends: messages that have
// come are answered, then connections are closed with [GoingAway].
//
// # Compression
//
// With Options.Compress both sides may compress messages by permessage-deflate (RFC 7692).
// Each message is compressed by itself, so that a connection costs no memory for it. A
// processor has one compressor, which takes 800 kB, however many connections there are. A
// connection that carries text mostly is worth it; one whose messages are small is not.
//
// # Many connections
//
// A [Prepared] message is encoded and compressed once, for any number of connections. A [Hub]
// sends messages to many, none of which waits for one that is slow.
//
// # Left out
//
// Compression with context takeover, since it keeps a compressor for every connection.
// WebSocket over HTTP/2 (RFC 8441), which net/http does not offer to handlers. A check that
// what Write sends as text is UTF-8: the other side makes it.
package ws
