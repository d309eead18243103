// Package httpx measures httpx.Serve against http.Server, and a Session against an
// http.Client, with small requests over connections that are kept.
//
// Of Serve an operation is one request, and its time is the processor time of the server,
// which is a process on a processor of its own. Of Get it is one answer in the caller's
// hands, by the clock; server and client have a processor each.
package httpx
