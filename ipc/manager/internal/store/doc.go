// Package store has the objects of a manager's server, and the calls that wait for them.
// It knows no socket: answers go to a function of each client. One mutex guards all
// objects, so that each call, and each snapshot, sees one moment of all of them.
// No call waits inside: one that has to wait is a waiter in the line of its object until
// another call, a cancellation or the end of its client answers it.
//
// Values are bytes here. The types that they have are the clients' to know; the store
// compares hashes of them.
package store
