package files

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"net/http"
	"net/url"

	"github.com/fanfold/fanfold/netx/files/internal/digest"
)

// put answers a PUT of a file.
func (q *request) put(name string) error {
	u := upload{original: name, size: q.r.ContentLength, src: readErrors{q.body}, match: func(old *Info) error { return preconditions(q.r, old) }}
	for _, field := range []string{"Repr-Digest", "Content-Digest"} {
		sums, err := digest.Parse(q.r.Header.Values(field))
		if err != nil {
			return refused(http.StatusBadRequest, "%s cannot be read", field)
		}
		u.want(sums)
	}
	if q.r.Header.Get("Content-Range") != "" {
		return refused(http.StatusBadRequest, "a part of a file cannot be put")
	}
	if enc := q.r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return refused(http.StatusUnsupportedMediaType, "a coded file cannot be put")
	}
	info, replaced, err := q.store(u)
	if err != nil {
		return err
	}
	code := http.StatusCreated
	if replaced {
		code = http.StatusOK
	}
	h := q.w.Header()
	h.Set("Location", "./"+url.PathEscape(info.Name))
	describe(h, info)
	q.answer(code, success, []Info{info})
	return nil
}

// remove answers a DELETE.
func (q *request) remove(name string) error {
	if err := q.allowed(OpRemove, name); err != nil {
		return err
	}
	unlock := q.names.lock(name)
	defer unlock()
	info, err := q.stat(name)
	if err != nil {
		return err
	}
	if info == nil {
		return errNotFound
	}
	if err := preconditions(q.r, info); err != nil {
		return err
	}
	if err := q.removed(info); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// want has the upload compared with digests.
func (u *upload) want(sums map[string][]byte) {
	for _, name := range []string{"sha-256", "sha-512"} {
		if sum, ok := sums[name]; ok {
			u.wanted = append(u.wanted, wantedSum{name, sum})
		}
	}
}

// A wantedSum is a digest that the client has sent.
type wantedSum struct {
	algorithm string
	sum       []byte
}

// sums returns the hashes of an upload: the SHA-256 if it is kept or wanted, and another.
func (u *upload) sums(noSum bool) (sum, more hash.Hash) {
	if !noSum {
		sum = sha256.New()
	}
	for _, w := range u.wanted {
		if w.algorithm == "sha-256" && sum == nil {
			sum = sha256.New()
		}
		if w.algorithm != "sha-256" && more == nil {
			more = digest.New(w.algorithm)
		}
	}
	return sum, more
}

// check compares the digests.
func (u *upload) check(sum, more hash.Hash) error {
	for _, w := range u.wanted {
		h := more
		if w.algorithm == "sha-256" {
			h = sum
		}
		if !bytes.Equal(h.Sum(nil), w.sum) {
			return refused(http.StatusUnprocessableEntity, "the bytes do not have the %s that was announced", w.algorithm)
		}
	}
	return nil
}
