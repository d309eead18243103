// Package netx serves TCP, unix and UDP sockets: what every server needs and package net
// leaves to its user. Handlers are plain functions that get a net.Conn.
//
//	err := netx.Serve(ctx, listener, func(ctx context.Context, c net.Conn) error {
//		_, err := io.Copy(c, c)
//		return err
//	})
//
// # Draining
//
// All servers of this package and of those below it end in the same way. When the context
// given to Serve ends, the server accepts no more, and [Draining] of its handlers' contexts
// ends. The handlers' own contexts go on for the time of Grace. Then the server closes what
// is left, ends these contexts, and returns a [*CutError] that counts them. A server that
// had to cut nothing returns nil. Several servers that share a context end together:
//
//	g, ctx := errgroup.WithContext(ctx)
//	g.Go(func() error { return netx.Serve(ctx, messages, handle) })
//	g.Go(func() error { return httpx.Serve(ctx, web, mux) })
//	err := g.Wait()
//
// # Datagrams
//
// [ServeUDP] calls a function for each packet, by a bounded number of goroutines.
//
// # Left out
//
// Dialing: a net.Dialer tries IPv6 and IPv4 as it should (happy eyeballs). The PROXY
// protocol: [Serve] takes any net.Listener, such as that of github.com/pires/go-proxyproto.
package netx
