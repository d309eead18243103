// Package ws measures WebSocket servers of net/http that send back what they get, hold
// connections that are idle, and send one message to many.
//
//	go test -bench .
//
// A server runs in a process of its own on processor 0, its client in another one on
// processor 1. Of Echo an operation is one message, and its time is the processor time that
// the server's threads have used. The client speaks by bare frames, the same for all. The
// peers are gws, gorilla/websocket, coder/websocket, and gobwas/ws with its wsutil.
package ws
