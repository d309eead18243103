// Package memo makes functions that remember what they have returned.
//
//	lookup := memo.Memoize(net.DefaultResolver.LookupHost)
//	addresses, err := par.Map(ctx, hosts, lookup)
//
// [Memoize] calls a function once for each key. [Once] calls a function until it
// succeeds. A [Cache] also forgets on request, bounds its entries by number, cost and
// age, and counts hits and misses.
//
// Concurrent calls for a key share one call of the function. Values are kept, errors are
// not. The functions take a context and can fail, so that they run wherever functions
// do: in a loop, in par.Map, several at the same time.
//
// Misuse panics at the call with a text that begins with "memo:". Misuse is a nil
// function, a negative size, or more than one Options. All waiting is durable in the
// sense of [testing/synctest].
package memo
