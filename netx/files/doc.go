// Package files moves files over HTTP, so that neither end can be tricked. A [Server] takes
// them as forms, as the bodies of PUT and as resumable uploads, all into one [Storage]:
//
//	storage, err := files.Local("uploads")
//	…
//	server := files.NewServer(storage, files.ServerOptions{MaxTotal: 50 << 30})
//	err = httpx.Serve(ctx, listener, server)
//
// A client's name for a file is cleaned by [CleanName], or kept as data only. A file is
// there when its last byte has come, and never in half. Sizes, types, rates and access
// are options of the server. It serves a page, too, that uploads by dragging, goes on
// after a broken connection, and works without JavaScript.
//
// # Left out
//
// Folders, archives, previews, WebDAV and accounts: a server for each user, with a folder and
// a quota of its own, does most of it. Scanners for viruses: OnUpload is the place.
package files
