// Package httpx has what net/http leaves to its user, on both sides. Handlers are those of
// net/http, a client is an *http.Client, and requests and responses are theirs.
//
// [Serve] runs an http.Server with time-outs that are on by default, and ends it without
// losing a request or a hijacked connection:
//
//	err := httpx.Serve(ctx, listener, mux)
//
// A [Session] asks: with a base URL, time-outs, retries, cookies and authentication that
// does not leave the site. [JSON], [Text] and [Bytes] take what its methods return, read a
// bounded number of bytes, and close:
//
//	post, err := httpx.JSON[Post](s.Get(ctx, "posts/1"))
//
// Fetching many pages at once needs no further API: that is par.Map, of package
// functional/par, over a function that calls [Session.Get].
//
// What is left out: routers and middleware, since http.ServeMux and functions of
// http.Handlers do that; brotli and zstd, which need further modules; unencrypted HTTP/2,
// which lets a client skip checks of its first request (CVE-2026-56853).
package httpx
