// Package ioloop holds the programs about the five ways to wait for input and output, and
// about the loop on top of them, and the test that runs them. Each folder is a program: go
// run ./examples/ioloop/epoll. A server takes an -addr, and ends at an interrupt.
package ioloop
