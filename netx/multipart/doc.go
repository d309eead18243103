// Package multipart reads and writes forms with files, multipart/form-data, as a stream: no
// part is held in memory or in a temporary file.
//
//	boundary, err := multipart.Boundary(r.Header.Get("Content-Type"))
//	…
//	form := multipart.NewReader(r.Body, boundary)
//	defer form.Close()
//	for {
//		part, err := form.Next()
//		if err == io.EOF {
//			break
//		}
//		…
//		_, err = io.Copy(file, part)
//	}
//
// A [Reader] searches for the boundary in a window of the body that grows from 16 KiB to
// 512 KiB, and only while the body fills it: a slow upload costs 16 KiB. What a stranger
// sends is bounded: see [Limits]. The package mime/multipart reads in pieces of 4 KiB, which
// takes several times as long.
//
// A [Form] is the other direction. Its length is known when those of its files are, and it
// can be opened again, for another attempt.
//
// # What is left out
//
// Content-Transfer-Encoding and filename* are ignored, as RFC 7578 says. Lines end with CR
// LF: bodies whose lines end with LF alone, which no browser sends, are refused. Nested
// multipart bodies are parts like any other.
package multipart
