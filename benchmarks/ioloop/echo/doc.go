// Package echo measures servers that send back what they get: the loop of ioloop, its
// streams, and what one would use instead.
//
//	go test -bench Echo
//
// A server runs in a process of its own on processor 0, its client in another one on
// processor 1. An operation is one request, and its time is the processor time that the
// server's threads have used. The peers are:
//
//   - loops in C on epoll, io_uring, libuv and libevent, in testdata, which need gcc, and
//     but for the first liburing, libuv and libevent with their headers;
//   - package net with a goroutine for each connection;
//   - gnet, cloudwego/netpoll, nbio, evio and gaio;
//   - asyncio, which needs python3.
package echo
