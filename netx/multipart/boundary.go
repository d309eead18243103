package multipart

import (
	"mime"
	"strings"
)

// maxBoundary is the length of the longest boundary: RFC 2046, 5.1.1.
const maxBoundary = 70

// Boundary returns the boundary that a Content-Type of multipart/form-data has. It returns
// an [*Error] if that is no such type, or has no boundary of 1 to 70 characters that RFC
// 2046 allows.
func Boundary(contentType string) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return "", &Error{What: "the content type is not multipart/form-data"}
	}
	boundary := params["boundary"]
	switch {
	case boundary == "":
		return "", &Error{What: "the content type has no boundary"}
	case len(boundary) > maxBoundary:
		return "", &Error{"the boundary is too long", maxBoundary}
	case !allowed(boundary):
		return "", &Error{What: "the boundary has characters that are not allowed"}
	}
	return boundary, nil
}

// allowed reports whether a boundary consists of what RFC 2046 calls bchars.
func allowed(boundary string) bool {
	for _, c := range []byte(boundary) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("'()+_,-./:=? ", rune(c)) {
			return false
		}
	}
	return !strings.HasSuffix(boundary, " ")
}
