package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func folder(t *testing.T) (Storage, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Local(filepath.Join(dir, "files"))
	require.NoError(t, err)
	return s, filepath.Join(dir, "files")
}

// store publishes a file.
func store(t *testing.T, s Storage, name, text string) {
	t.Helper()
	p := Partial{ID: "store", Name: name, Size: -1, Expires: time.Now().Add(time.Hour)}
	require.NoError(t, s.Save(t.Context(), p))
	n, err := s.Append(t.Context(), p, strings.NewReader(text))
	require.NoError(t, err)
	p.Offset = n
	sum := sum256([]byte(text))
	require.NoError(t, s.Publish(t.Context(), p, Info{Name: name, SHA256: sum, Type: "text/plain"}, true))
}

func TestLocalLinks(t *testing.T) {
	s, dir := folder(t)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
		t.Skip(err)
	}
	store(t, s, "a", "text")
	require.NoError(t, os.Symlink("a", filepath.Join(dir, "in")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	for _, name := range []string{"out", "in", "folder"} {
		_, _, err := s.Open(t.Context(), name)
		assert.ErrorIs(t, err, fs.ErrNotExist, name)
		assert.ErrorIs(t, s.Remove(t.Context(), name), fs.ErrNotExist, name)
		p := Partial{ID: "id", Name: name}
		require.NoError(t, s.Save(t.Context(), p))
		assert.ErrorIs(t, s.Publish(t.Context(), p, Info{Name: name}, true), fs.ErrExist, name)
		require.NoError(t, s.Abort(t.Context(), "id"))
	}
	for info, err := range s.List(t.Context(), "") {
		require.NoError(t, err)
		assert.Equal(t, "a", info.Name)
	}
	// The upload itself is swapped for a link.
	p := Partial{ID: "id", Name: "b", Size: -1}
	require.NoError(t, s.Save(t.Context(), p))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, hidden, "id.part")))
	_, err := s.Append(t.Context(), p, strings.NewReader("x"))
	assert.Error(t, err)
	require.NoError(t, s.Abort(t.Context(), "id"))
	text, err := os.ReadFile(outside)
	require.NoError(t, err)
	assert.Equal(t, "secret", string(text))
}

func TestLocalNotes(t *testing.T) {
	s, dir := folder(t)
	store(t, s, "a", "text")
	info := func() Info {
		f, info, err := s.Open(t.Context(), "a")
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return info
	}
	assert.Equal(t, sum256([]byte("text")), info().SHA256)
	path := filepath.Join(dir, "a")
	for name, change := range map[string]func() error{
		"time":  func() error { return os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)) },
		"size":  func() error { return os.WriteFile(path, []byte("longer"), 0o600) },
		"noise": func() error { return os.WriteFile(filepath.Join(dir, sums, "a.json"), []byte("{"), 0o600) },
		"short": func() error {
			return os.WriteFile(filepath.Join(dir, sums, "a.json"), []byte(`{"sha256":"AAAA"}`), 0o600)
		},
		"link": func() error { return os.Rename(filepath.Join(dir, sums, "a.json"), filepath.Join(dir, sums, "b")) },
	} {
		store(t, s, "a", "text")
		require.NoError(t, change())
		assert.Nil(t, info().SHA256, name)
		assert.Empty(t, info().Type, name)
	}
}

// A crash leaves what no call of a living process does.
func TestLocalCrash(t *testing.T) {
	s, dir := folder(t)
	lost := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, hidden, name), []byte(text), 0o600))
	}
	lost("one.new", `{"id":`)
	lost("two.json", `{"id":`)
	lost("two.part", `12345`)
	lost("three.part", `123`)
	seen := map[string]int64{}
	for p, err := range s.Partials(t.Context()) {
		require.NoError(t, err)
		seen[p.ID] = p.Offset
		assert.WithinDuration(t, time.Now().Add(orphaned), p.Expires, time.Hour)
		require.NoError(t, s.Save(t.Context(), p), "a record is written over what is there")
		require.NoError(t, s.Abort(t.Context(), p.ID))
	}
	assert.Equal(t, map[string]int64{"one": 0, "two": 5, "three": 3}, seen)

	// Between the link and the end of the upload.
	p := Partial{ID: "id", Name: "a", Size: 4}
	require.NoError(t, s.Save(t.Context(), p))
	n, err := s.Append(t.Context(), p, strings.NewReader("text"))
	require.NoError(t, err)
	p.Offset = n
	if err := os.Link(filepath.Join(dir, hidden, "id.part"), filepath.Join(dir, "a")); err != nil {
		t.Skip(err)
	}
	require.NoError(t, s.Publish(t.Context(), p, Info{Name: "a"}, false))
	f, _, err := s.Open(t.Context(), "a")
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	assert.Equal(t, "text", string(text))

	entries, err := os.ReadDir(filepath.Join(dir, hidden))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "sums")
}

func TestLocalFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Local(file)
	assert.Error(t, err)
	s, dir := folder(t)
	require.NoError(t, os.RemoveAll(dir))
	_, _, err = s.Open(t.Context(), "a")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.Error(t, s.Save(t.Context(), Partial{ID: "id"}))
}
