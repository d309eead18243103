// Package remote brings errors from one process to another. [Pack] encodes what an
// error says, in the process where it happened; [Unpack] makes an error of that in
// the process of the caller. An error keeps its text and, for errors.Is, what it
// wraps of the sentinels that are registered on both sides; a panic keeps its stack.
package remote
