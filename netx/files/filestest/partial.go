package filestest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/netx/files"
)

// partial returns what is stored of an upload, or "" if the storage cannot tell.
func partial(t *testing.T, s files.Storage, id string, from int64) (string, bool) {
	t.Helper()
	r, err := s.ReadPartial(t.Context(), id, from)
	if errors.Is(err, errors.ErrUnsupported) {
		return "", false
	}
	ok(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	ok(t, err)
	return string(data), true
}

func appends(t *testing.T, s files.Storage) {
	p := files.Partial{ID: "id", Name: "a", Size: -1, Expires: expires}
	ok(t, s.Save(t.Context(), p))
	for _, step := range []struct {
		at         int64
		text, want string
	}{{0, "hello", "hello"}, {5, " world", "hello world"}, {11, "", "hello world"}, {6, "there", "hello there"}, {2, "", "he"}, {0, "x", "x"}} {
		p.Offset = step.at
		n, err := s.Append(t.Context(), p, strings.NewReader(step.text))
		ok(t, err)
		equal(t, "appended bytes", n, int64(len(step.text)))
		q, err := s.Load(t.Context(), "id")
		ok(t, err)
		equal(t, "offset", q.Offset, int64(len(step.want)))
		if text, can := partial(t, s, "id", 0); can {
			equal(t, "bytes", text, step.want)
		}
	}
	p.Offset = 5
	if _, err := s.Append(t.Context(), p, strings.NewReader("x")); err == nil {
		t.Error("an append beyond the end")
	}
	p.Offset = 1
	n, err := s.Append(t.Context(), p, strings.NewReader("yz"))
	ok(t, err)
	if text, can := partial(t, s, "id", 2); can {
		equal(t, "bytes from 2", text, "z")
	}
	p.Offset += n
	ok(t, s.Publish(t.Context(), p, files.Info{Name: "a"}, false))
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, "xyz")
}

// appendErrors appends from a reader that fails.
func appendErrors(t *testing.T, s files.Storage) {
	p := files.Partial{ID: "id", Name: "a", Size: -1, Expires: expires}
	ok(t, s.Save(t.Context(), p))
	broken := errors.New("broken")
	n, err := s.Append(t.Context(), p, io.MultiReader(strings.NewReader("kept"), failing{broken}))
	is(t, "append", err, broken)
	equal(t, "appended bytes", n, 4)
	p, err = s.Load(t.Context(), "id")
	ok(t, err)
	equal(t, "offset", p.Offset, 4)
	wrong := p
	wrong.Offset = 3
	if s.Publish(t.Context(), wrong, files.Info{Name: "a"}, false) == nil {
		t.Error("a publish of fewer bytes than there are")
	}
	ok(t, s.Publish(t.Context(), p, files.Info{Name: "a"}, false))
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, "kept")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func missing(t *testing.T, s files.Storage) {
	is(t, "Remove", s.Remove(t.Context(), "a"), fs.ErrNotExist)
	_, err := s.Load(t.Context(), "id")
	is(t, "Load", err, fs.ErrNotExist)
	p := files.Partial{ID: "id", Name: "a"}
	_, err = s.Append(t.Context(), p, strings.NewReader("x"))
	is(t, "Append", err, fs.ErrNotExist)
	p.Offset = 1
	is(t, "Publish", s.Publish(t.Context(), p, files.Info{Name: "a"}, false), fs.ErrNotExist)
	ok(t, s.Abort(t.Context(), "id"))
	if _, err := s.ReadPartial(t.Context(), "id", 0); !errors.Is(err, errors.ErrUnsupported) {
		is(t, "ReadPartial", err, fs.ErrNotExist)
	}
}

// names gives the storage names and IDs that are none.
func names(t *testing.T, s files.Storage) {
	p := put(t, s, "id", "a", "x")
	for _, name := range []string{"", ".", "..", "/", "a/", "a/b", "../a", `a\b`, ".hidden", "NUL", "a\x00", strings.Repeat("a", 300), "a/."} {
		_, _, err := s.Open(t.Context(), name)
		is(t, "Open "+name, err, fs.ErrNotExist)
		is(t, "Remove "+name, s.Remove(t.Context(), name), fs.ErrNotExist)
		is(t, "Publish "+name, s.Publish(t.Context(), p, files.Info{Name: name}, true), fs.ErrNotExist)
	}
	for _, id := range []string{"", ".", "..", "../a", "a/b", "a.part", "sums/a", strings.Repeat("a", 65), "a\x00"} {
		_, err := s.Load(t.Context(), id)
		is(t, "Load "+id, err, fs.ErrNotExist)
		is(t, "Save "+id, s.Save(t.Context(), files.Partial{ID: id, Name: "a"}), fs.ErrNotExist)
	}
	for _, name := range []string{"a", "ä ö.txt", "日本", strings.Repeat("n", 200)} {
		add(t, s, name, "x")
		text, info := read(t, s, name)
		equal(t, "bytes", text, "x")
		equal(t, "name", info.Name, name)
	}
}

func list(t *testing.T, s files.Storage) {
	all := []string{"B", "a", "a b", "a.txt", "b", "ä"} // by bytes
	for _, name := range []string{"ä", "a.txt", "a", "B", "b", "a b"} {
		add(t, s, name, name)
	}
	for _, after := range []string{"", "A", "B", "a", "a.", "b", "zz", "ä", "\U0010ffff"} {
		var want, got []string
		for _, name := range all {
			if name > after {
				want = append(want, name)
			}
		}
		for info, err := range s.List(t.Context(), after) {
			ok(t, err)
			equal(t, "size", info.Size, int64(len(info.Name)))
			got = append(got, info.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %q: %q, want %q", after, got, want)
		}
	}
	for range s.List(t.Context(), "") {
		break
	}
}

func records(t *testing.T, s files.Storage) {
	p := files.Partial{
		ID: "A_z-9", Name: "a", Type: "text/plain", Size: 10, Meta: map[string]string{"filename": "ä\n\x00", "": ""},
		Hash: []byte{0, 1, 2}, HashAt: 3, Expires: expires,
	}
	ok(t, s.Save(t.Context(), p))
	_, err := s.Append(t.Context(), p, strings.NewReader("abcde"))
	ok(t, err)
	check := func(what string, q files.Partial) {
		t.Helper()
		equal(t, what+": name", q.Name, p.Name)
		equal(t, what+": type", q.Type, p.Type)
		equal(t, what+": size", q.Size, p.Size)
		equal(t, what+": offset", q.Offset, 5)
		equal(t, what+": hash", string(q.Hash), string(p.Hash))
		equal(t, what+": where the hash is", q.HashAt, p.HashAt)
		equal(t, what+": expires", q.Expires.Equal(p.Expires), true)
		equal(t, what+": meta", maps.Equal(q.Meta, p.Meta), true)
	}
	q, err := s.Load(t.Context(), p.ID)
	ok(t, err)
	check("Load", q)
	check("Partials", left(t, s)[p.ID])
	p.Hash, p.HashAt, p.Size = []byte{4}, 5, -1
	ok(t, s.Save(t.Context(), p))
	check("Partials, saved again", left(t, s)[p.ID])
	ok(t, s.Abort(t.Context(), p.ID))
	_, err = s.Load(t.Context(), p.ID)
	is(t, "Load after Abort", err, fs.ErrNotExist)
	equal(t, "uploads that are left", len(left(t, s)), 0)
}

// published keeps the record of an upload.
func published(t *testing.T, s files.Storage) {
	p := put(t, s, "id", "a", "hello")
	p.Published = "a"
	ok(t, s.Publish(t.Context(), p, files.Info{Name: "a"}, false))
	q, err := s.Load(t.Context(), "id")
	ok(t, err)
	equal(t, "published", q.Published, "a")
	equal(t, "offset", q.Offset, 5)
	ok(t, s.Abort(t.Context(), "id"))
	text, _ := read(t, s, "a")
	equal(t, "bytes", text, "hello")
}

// model makes random calls, and compares what the storage has with what it should have.
func model(t *testing.T, s files.Storage) {
	random := rand.New(rand.NewPCG(1, 2))
	wantFiles, wantParts := map[string]string{}, map[string]string{}
	pick := func(letters string) string { return letters[random.IntN(len(letters)):][:1] }
	for i := range 2000 {
		id, name, text := pick("123"), pick("abcd"), fmt.Sprint(i, ";")
		p := files.Partial{ID: id, Name: name, Size: -1, Expires: expires, Offset: int64(len(wantParts[id]))}
		had, exists := wantParts[id]
		switch random.IntN(7) {
		case 0:
			ok(t, s.Save(t.Context(), p))
			wantParts[id] = had
		case 1, 2:
			_, err := s.Append(t.Context(), p, strings.NewReader(text))
			if exists {
				ok(t, err)
				wantParts[id] += text
			} else {
				is(t, "Append", err, fs.ErrNotExist)
			}
		case 3, 4:
			over := random.IntN(2) == 0
			if !exists {
				continue
			}
			err := s.Publish(t.Context(), p, files.Info{Name: name}, over)
			if _, taken := wantFiles[name]; taken && !over {
				is(t, "Publish", err, fs.ErrExist)
				continue
			}
			ok(t, err)
			wantFiles[name] = had
			delete(wantParts, id)
		case 5:
			ok(t, s.Abort(t.Context(), id))
			delete(wantParts, id)
		case 6:
			if err := s.Remove(t.Context(), name); err != nil {
				is(t, "Remove", err, fs.ErrNotExist)
			}
			delete(wantFiles, name)
		}
		if i%20 == 0 {
			compare(t, s, wantFiles, wantParts)
		}
	}
	compare(t, s, wantFiles, wantParts)
}

func compare(t *testing.T, s files.Storage, wantFiles, wantParts map[string]string) {
	t.Helper()
	gotFiles := map[string]string{}
	for info, err := range s.List(t.Context(), "") {
		ok(t, err)
		gotFiles[info.Name], _ = read(t, s, info.Name)
	}
	if !maps.Equal(gotFiles, wantFiles) {
		t.Fatalf("files %q, want %q", gotFiles, wantFiles)
	}
	gotParts := left(t, s)
	equal(t, "number of uploads", len(gotParts), len(wantParts))
	for id, text := range wantParts {
		equal(t, "offset of "+id, gotParts[id].Offset, int64(len(text)))
	}
}
