// Package frame measures servers that send messages back, which have their length before
// them: frame.Serve, a server that sends back bytes without looking for messages, one that
// writes the length and the message by two system calls, and asyncio. Each server and each
// client is a process on a processor of its own. What counts is the processor time of the
// server for a message.
package frame
