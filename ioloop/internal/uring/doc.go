// Package uring waits for operations that the kernel carries out: io_uring(7). It is for
// Linux 6.1 and later; elsewhere, and where it is forbidden, New returns an error.
//
// Operations belong to slots, and a slot to an [Operation], which is told of each
// completion. The kernel gets a slot's number and generation, and never a Go pointer. It
// does get the addresses of buffers: who starts an operation keeps its memory alive and
// unchanged until the completion. Entries that hold addresses cannot be made safe for
// strangers, which is why the package is internal.
//
// One thread enters the ring, and completions are made in its calls alone
// (IORING_SETUP_SINGLE_ISSUER, IORING_SETUP_DEFER_TASKRUN), so that no call needs a lock.
// A thread that polls for entries (SQPOLL), sending without a copy and registered files are
// left out: they gain nothing for a loop, or are traps.
package uring
