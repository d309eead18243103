// Package netx holds the programs about sockets, messages, HTTP and certificates, and the
// test that runs them. Each folder is a program: go run ./examples/netx/killable. A server
// takes an -addr, and ends at an interrupt, when its connections have ended.
package netx
