// Package sniff tells the media type of a file by its first bytes, and whether it is one of
// those that are allowed.
package sniff

import (
	"mime"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/fanfold/fanfold/internal/panics"
)

// Size is how many bytes tell the type.
const Size = 3072

// Unknown is the type of what is not known, and of an empty file.
const Unknown = "application/octet-stream"

// detect is replaced by tests.
var detect = func(head []byte) string { return mimetype.Detect(head).String() }

// Type returns the media type of a file that begins with head. A panic of the detection
// becomes an error: two versions of it had one for certain bytes.
func Type(head []byte) (typ string, err error) {
	if len(head) == 0 {
		return Unknown, nil
	}
	caught := panics.Try(func() { typ = detect(head[:min(len(head), Size)]) }, func(*panics.Caught) {})
	if caught != nil {
		return "", caught.Err()
	}
	return typ, nil
}

// Allowed reports whether a type is in list, which has types and, such as image/*, all of a
// kind. SVG has to be listed by its own name: it holds programs. Parameters do not count.
func Allowed(list []string, typ string) bool {
	typ = base(typ)
	kind, _, ok := strings.Cut(typ, "/")
	return slices.ContainsFunc(list, func(allowed string) bool {
		allowed = base(allowed)
		return allowed == typ || allowed == "*/*" || ok && allowed == kind+"/*" && typ != "image/svg+xml"
	})
}

// base returns a type without its parameters.
func base(typ string) string {
	if t, _, err := mime.ParseMediaType(typ); err == nil {
		return t
	}
	return strings.ToLower(strings.TrimSpace(typ))
}
