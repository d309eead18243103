// Package sock is what all servers below netx do with sockets: it accepts connections
// within bounds, and knows of each connection whether it makes progress.
//
//	Listener   accepts: MaxConns, MaxPerIP, pauses; has the connections that are not freed
//	Conn       a connection: counts bytes, sends files by sendfile, ends when told
//	Watch      the time without progress, for Conn
//	Reader     reads into a buffer that it takes when bytes are there
//	Interrupt  ends reads or writes with a context
package sock
