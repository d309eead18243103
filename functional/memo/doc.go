// Package memo makes functions that remember what they have returned.
//
// [Memoize] returns a function that calls another one once for each key, and
// [Once] one that is called until it succeeds. A [Cache] can be told to forget as
// well, bounds what it keeps by number, cost and age, and says how it is doing:
//
//	lookup := memo.Memoize(net.DefaultResolver.LookupHost)
//	addresses, err := par.Map(ctx, hosts, lookup)
//
// Calls of a key that come while its function runs wait for it and share what it
// returns. Values are kept, errors are not.
//
// Misuse (a nil function, a negative size, two Options arguments) panics at the
// call with a text that begins with "memo:". All waiting is durable in the sense
// of [testing/synctest].
package memo
