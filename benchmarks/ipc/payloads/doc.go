// Package payloads measures how much goes to another process and back, and how much one
// way.
//
//	go test -bench Echo
//	python3 peers.py -test.bench=Echo
//
// Echo is one call at a time that returns its argument; the throughput counts the bytes
// once. Records maps a slice of 64 bytes each, as many in flight as the name says, or a
// chunk at a time. Send is a message that the caller receives from a process that only
// sends.
package payloads
