// Package tus reads and writes the headers of tus 1.0 (https://tus.io/protocols/resumable-upload).
package tus

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What the protocol calls itself.
const (
	Version    = "1.0.0"
	MediaType  = "application/offset+octet-stream"
	Algorithms = "sha1,sha256,sha512,md5,crc32"
	Extensions = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration"
)

// Errors of headers.
var (
	ErrSyntax    = errors.New("files: a header of tus that cannot be read")
	ErrAlgorithm = errors.New("files: a checksum that is not known")
)

// maxMetadata is the largest size of Upload-Metadata.
const maxMetadata = 8 << 10

// Metadata reads Upload-Metadata.
func Metadata(value string) (map[string]string, error) {
	if len(value) > maxMetadata {
		return nil, ErrSyntax
	}
	meta := map[string]string{}
	for pair := range strings.SplitSeq(value, ",") {
		pair = strings.Trim(pair, " ")
		if pair == "" {
			continue
		}
		key, text, _ := strings.Cut(pair, " ")
		data, err := base64.StdEncoding.DecodeString(text)
		if _, twice := meta[key]; err != nil || twice || !isKey(key) {
			return nil, ErrSyntax
		}
		meta[key] = string(data)
	}
	return meta, nil
}

// isKey reports whether s may be a key: visible ASCII without comma.
func isKey(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

// FormatMetadata returns the header for metadata, in the order of the keys.
func FormatMetadata(meta map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(key)
		if v := meta[key]; v != "" {
			b.WriteString(" " + base64.StdEncoding.EncodeToString([]byte(v)))
		}
	}
	return b.String()
}

// Number reads a size or an offset: digits alone.
func Number(value string) (int64, error) {
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return 0, ErrSyntax
		}
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, ErrSyntax
	}
	return n, nil
}

// A Checksum is what Upload-Checksum has.
type Checksum struct {
	Hash hash.Hash
	Want []byte
}

// ParseChecksum reads Upload-Checksum. It returns nil for none.
func ParseChecksum(value string) (*Checksum, error) {
	if value == "" {
		return nil, nil
	}
	name, text, _ := strings.Cut(value, " ")
	var h hash.Hash
	switch strings.ToLower(name) {
	case "sha1":
		h = sha1.New()
	case "sha256":
		h = sha256.New()
	case "sha512":
		h = sha512.New()
	case "md5":
		h = md5.New()
	case "crc32":
		h = crc32.NewIEEE()
	default:
		return nil, ErrAlgorithm
	}
	want, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(want) != h.Size() {
		return nil, ErrSyntax
	}
	return &Checksum{h, want}, nil
}
