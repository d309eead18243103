// Package socket reads and writes a unix socket either blocking in the kernel, which is
// fast and takes a thread, or through Go's poller.
package socket
