// Package pinned runs servers and clients as processes that have one processor each, and
// says how much time and memory they take. It is for Linux.
package pinned
