// Package echo measures servers that send back what they get: the loop of ioloop, its
// streams, and what one would use instead.
//
//	go test -bench Echo
//
// A server runs in a process of its own on processor 0, its client in another one on
// processor 1. An operation is one request, and its time is the processor time that the
// server's threads have used. The peers are:
//
//   - a loop on epoll in C, testdata/epoll.c, which needs gcc;
//   - package net with a goroutine for each connection;
//   - gnet, cloudwego/netpoll, nbio, evio and gaio;
//   - asyncio, which needs python3.
package echo
