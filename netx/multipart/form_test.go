package multipart

import (
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func text(field, name, content string) File {
	return File{Field: field, Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// What a form says is what a reader reads, each time that it is opened, and as long as it
// says.
func TestForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.html")
	require.NoError(t, os.WriteFile(path, []byte("<p>"), 0o600))
	f := &Form{
		Values: url.Values{"b": {"1", "2"}, "a\"\r\nx": {"line\r\n--"}},
		Files:  []File{text("file", "näme\"\r\n.txt", "content"), text("empty", "", ""), OpenFile("html", path)},
	}
	boundary, err := Boundary(f.ContentType())
	require.NoError(t, err)
	for range 2 {
		body, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		assert.EqualValues(t, len(data), f.Size())
		r := NewReader(strings.NewReader(string(data)), boundary)
		got, err := parts(r, true)
		require.Equal(t, io.EOF, err)
		assert.Equal(t, []readPart{
			{"a\"\r\nx", "", "line\r\n--"}, {"b", "", "1"}, {"b", "", "2"},
			{"file", "näme\"\r\n.txt", "content"}, {"empty", "", ""}, {"html", "a.html", "<p>"},
		}, got)
		require.NoError(t, r.Close())
		assert.Contains(t, string(data), "Content-Type: text/html")
	}
	empty := &Form{}
	body, err := empty.Open()
	require.NoError(t, err)
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.EqualValues(t, len(data), empty.Size())
	_, err = parts(NewReader(strings.NewReader(string(data)), empty.boundary()), false)
	assert.Equal(t, io.EOF, err)
}

// A file that is not what it said is an error, and is closed.
func TestFormFails(t *testing.T) {
	bad := errors.New("bad")
	longer, shorter := text("f", "n", "content"), text("f", "n", "content")
	longer.Size, shorter.Size = 6, 8
	unknown := text("f", "n", "content")
	unknown.Size = -1
	for name, c := range map[string]struct {
		file File
		want string
	}{
		"longer":  {longer, `multipart: the file "n" has not the 6 bytes that it had`},
		"shorter": {shorter, `multipart: the file "n" has not the 8 bytes that it had`},
		"unknown": {unknown, ""},
		"missing": {OpenFile("f", filepath.Join(t.TempDir(), "none")), "no such file"},
		"bad":     {File{Open: func() (io.ReadCloser, error) { return nil, bad }}, "bad"},
	} {
		closed := 0
		open := c.file.Open
		c.file.Open = func() (io.ReadCloser, error) {
			r, err := open()
			if err != nil {
				return nil, err
			}
			return counted{r, &closed}, nil
		}
		f := &Form{Files: []File{c.file}}
		if c.file.Size < 0 {
			assert.EqualValues(t, -1, f.Size(), name)
		}
		body, err := f.Open()
		require.NoError(t, err)
		_, err = io.ReadAll(body)
		if c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want, name)
		}
		require.NoError(t, body.Close())
		if name != "missing" && name != "bad" {
			assert.Equal(t, 1, closed, name)
		}
		_, err = body.Read(make([]byte, 1))
		assert.Equal(t, errFormClosed, err)
	}
}

type counted struct {
	io.ReadCloser
	n *int
}

func (c counted) Close() error { *c.n++; return c.ReadCloser.Close() }

func TestMisuse(t *testing.T) {
	for _, f := range []func(){
		func() { NewReader(nil, "") },
		func() { NewReader(nil, strings.Repeat("b", 71)) },
		func() { NewReader(nil, "b", Limits{Parts: -1}) },
		func() { NewReader(nil, "b", Limits{Preamble: -1}) },
		func() { NewReader(nil, "b", Limits{}, Limits{}) },
	} {
		assert.Panics(t, f)
	}
}
