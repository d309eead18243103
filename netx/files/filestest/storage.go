// Package filestest tests storages of package files, as testing/fstest tests file systems.
//
//	func TestStore(t *testing.T) {
//		filestest.TestStorage(t, func(t *testing.T) files.Storage { return newStore(t) })
//	}
package filestest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanfold/fanfold/netx/files"
)

// TestStorage tests that a storage does what [files.Storage] says: each method and each
// error, calls that race, and a few thousand random calls beside a model. open returns an
// empty storage for each part of the test. What fails is reported to t. It takes some
// seconds.
func TestStorage(t *testing.T, open func(*testing.T) files.Storage) {
	for _, c := range []struct {
		name string
		test func(*testing.T, files.Storage)
	}{
		{"publish", publish}, {"exists", exists}, {"replace", replace}, {"append", appends}, {"errors", appendErrors},
		{"missing", missing}, {"names", names}, {"list", list}, {"records", records}, {"published", published},
		{"open", opened}, {"race", race}, {"canceled", canceled}, {"model", model},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

var expires = time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)

// ok ends the test at an error.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is reports an error that is not the one wanted.
func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// equal reports what is not as wanted.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// put makes an upload with some bytes.
func put(t *testing.T, s files.Storage, id, name, text string) files.Partial {
	t.Helper()
	p := files.Partial{ID: id, Name: name, Size: int64(len(text)), Expires: expires}
	ok(t, s.Save(t.Context(), p))
	n, err := s.Append(t.Context(), p, strings.NewReader(text))
	ok(t, err)
	equal(t, "appended bytes", n, int64(len(text)))
	p.Offset = n
	return p
}

// add makes a file.
func add(t *testing.T, s files.Storage, name, text string) {
	t.Helper()
	ok(t, s.Publish(t.Context(), put(t, s, "add", name, text), files.Info{Name: name}, true))
}

// read returns the bytes of a file.
func read(t *testing.T, s files.Storage, name string) (string, files.Info) {
	t.Helper()
	r, info, err := s.Open(t.Context(), name)
	ok(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	ok(t, err)
	return string(data), info
}

// left returns the records by ID.
func left(t *testing.T, s files.Storage) map[string]files.Partial {
	t.Helper()
	all := map[string]files.Partial{}
	for p, err := range s.Partials(t.Context()) {
		ok(t, err)
		all[p.ID] = p
	}
	return all
}

func publish(t *testing.T, s files.Storage) {
	sum := sha256.Sum256([]byte("hello"))
	p := put(t, s, "id-1", "a.txt", "hello")
	_, _, err := s.Open(t.Context(), "a.txt")
	is(t, "open before it is published", err, fs.ErrNotExist)
	ok(t, s.Publish(t.Context(), p, files.Info{Name: "a.txt", Original: "../ä\n.txt", Type: "text/plain", SHA256: sum[:]}, false))
	text, info := read(t, s, "a.txt")
	equal(t, "bytes", text, "hello")
	equal(t, "name", info.Name, "a.txt")
	equal(t, "original", info.Original, "../ä\n.txt")
	equal(t, "type", info.Type, "text/plain")
	equal(t, "size", info.Size, 5)
	if !bytes.Equal(info.SHA256, sum[:]) {
		t.Errorf("sum: %x", info.SHA256)
	}
	if info.Modified.IsZero() {
		t.Error("no time of modification")
	}
	equal(t, "records that are left", len(left(t, s)), 0)
	ok(t, s.Remove(t.Context(), "a.txt"))
	_, _, err = s.Open(t.Context(), "a.txt")
	is(t, "open after it is removed", err, fs.ErrNotExist)

	empty := files.Partial{ID: "empty", Name: "empty", Expires: expires} // nothing is ever appended
	ok(t, s.Save(t.Context(), empty))
	ok(t, s.Publish(t.Context(), empty, files.Info{Name: "empty"}, false))
	text, info = read(t, s, "empty")
	equal(t, "bytes of an empty file", text, "")
	equal(t, "size of an empty file", info.Size, 0)
}

func exists(t *testing.T, s files.Storage) {
	add(t, s, "a", "old")
	p := put(t, s, "new", "a", "new")
	is(t, "publish over a file", s.Publish(t.Context(), p, files.Info{Name: "a"}, false), fs.ErrExist)
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, "old")
	ok(t, s.Publish(t.Context(), p, files.Info{Name: "b"}, false)) // the upload is still there
	text, _ = read(t, s, "b")
	equal(t, "bytes", text, "new")
}

func replace(t *testing.T, s files.Storage) {
	sum := sha256.Sum256([]byte("old"))
	ok(t, s.Publish(t.Context(), put(t, s, "1", "a", "old"), files.Info{Name: "a", SHA256: sum[:], Type: "x/y"}, true))
	r, _, err := s.Open(t.Context(), "a")
	ok(t, err)
	ok(t, s.Publish(t.Context(), put(t, s, "2", "a", "new"), files.Info{Name: "a"}, true))
	text, info := read(t, s, "a")
	equal(t, "bytes", text, "new")
	equal(t, "bytes of the old sum", len(info.SHA256), 0)
	equal(t, "type", info.Type, "")
	old, err := io.ReadAll(r)
	ok(t, err)
	ok(t, r.Close())
	equal(t, "bytes of the file that was open", string(old), "old")
}

func opened(t *testing.T, s files.Storage) {
	add(t, s, "a", "0123456789")
	r, _, err := s.Open(t.Context(), "a")
	ok(t, err)
	end, err := r.Seek(0, io.SeekEnd)
	ok(t, err)
	equal(t, "the end", end, 10)
	_, err = r.Seek(-3, io.SeekEnd)
	ok(t, err)
	data, err := io.ReadAll(r)
	ok(t, err)
	equal(t, "bytes from there", string(data), "789")
	ok(t, r.Close())
}

// canceled gives each method a context that has ended.
func canceled(t *testing.T, s files.Storage) {
	cause := errors.New("cause")
	add(t, s, "a", "text")
	p := put(t, s, "id", "b", "text")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	_, _, err := s.Open(ctx, "a")
	is(t, "Open", err, cause)
	for _, err := range s.List(ctx, "") {
		is(t, "List", err, cause)
	}
	is(t, "Remove", s.Remove(ctx, "a"), cause)
	is(t, "Save", s.Save(ctx, p), cause)
	_, err = s.Load(ctx, "id")
	is(t, "Load", err, cause)
	for _, err := range s.Partials(ctx) {
		is(t, "Partials", err, cause)
	}
	_, err = s.Append(ctx, p, strings.NewReader("x"))
	is(t, "Append", err, cause)
	_, err = s.ReadPartial(ctx, "id", 0)
	is(t, "ReadPartial", err, cause)
	is(t, "Publish", s.Publish(ctx, p, files.Info{Name: "b"}, false), cause)
	is(t, "Abort", s.Abort(ctx, "id"), cause)
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, "text")
	equal(t, "uploads", len(left(t, s)), 1)
}

// race publishes under one name from many goroutines.
func race(t *testing.T, s files.Storage) {
	const n = 20
	var parts []files.Partial
	for i := range n {
		parts = append(parts, put(t, s, "id"+string(rune('a'+i)), "a", strings.Repeat(string(rune('a'+i)), 100)))
	}
	var (
		mu   sync.Mutex
		won  []string
		wait sync.WaitGroup
	)
	for i, p := range parts {
		wait.Go(func() {
			err := s.Publish(t.Context(), p, files.Info{Name: "a"}, false)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, strings.Repeat(string(rune('a'+i)), 100))
			} else {
				is(t, "a publish that lost", err, fs.ErrExist)
			}
		})
	}
	wait.Wait()
	if len(won) != 1 {
		t.Fatalf("%d publishes succeeded", len(won))
	}
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, won[0])
	equal(t, "uploads that are left", len(left(t, s)), n-1)
}
