// Package digest reads and writes the fields Repr-Digest and Content-Digest of RFC 9530.
package digest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
)

// ErrSyntax is the error of a field that is not a dictionary of byte sequences.
var ErrSyntax = errors.New("files: a digest that cannot be read")

// New returns the hash of an algorithm, or nil for one that is not known or not safe.
func New(algorithm string) hash.Hash {
	switch algorithm {
	case "sha-256":
		return sha256.New()
	case "sha-512":
		return sha512.New()
	}
	return nil
}

// Parse returns the digests of the field by their algorithms. Those that are not known are
// left out.
func Parse(values []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			member = strings.Trim(member, " \t")
			if member == "" {
				continue
			}
			name, text, _ := strings.Cut(member, "=")
			name = strings.ToLower(name)
			text, _, _ = strings.Cut(text, ";") // parameters
			text = strings.Trim(text, " \t")
			if len(text) < 2 || text[0] != ':' || text[len(text)-1] != ':' {
				return nil, ErrSyntax
			}
			sum, err := base64.StdEncoding.DecodeString(text[1 : len(text)-1])
			if err != nil {
				return nil, ErrSyntax
			}
			if h := New(name); h != nil {
				if len(sum) != h.Size() {
					return nil, ErrSyntax
				}
				found[name] = sum
			}
		}
	}
	return found, nil
}

// Format returns the field for a SHA-256.
func Format(sum []byte) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":"
}
