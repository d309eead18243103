package multipart

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A read part is what a reader gave.
type readPart struct {
	Name, File, Content string
}

// parts reads all parts, with Read or with WriteTo.
func parts(r *Reader, writeTo bool) (all []readPart, err error) {
	for {
		p, err := r.Next()
		if err != nil {
			return all, err
		}
		var content bytes.Buffer
		if writeTo {
			_, err = p.WriteTo(&content)
		} else {
			_, err = io.Copy(&content, struct{ io.Reader }{p})
		}
		if err != nil {
			return all, err
		}
		all = append(all, readPart{p.Name, p.FileName, content.String()})
	}
}

const simple = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nline\r\n\r\n--bx\r\n--b--\r\n"

// Bodies, what is in them, and what is wrong with them: in pieces of every size.
func TestRead(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 200_000)
	for name, c := range map[string]struct {
		body string
		want []readPart
		err  string
	}{
		"two parts":         {simple, []readPart{{"a", "", "value"}, {"f", "x.txt", "line\r\n\r\n--bx"}}, ""},
		"no parts":          {"--b--", nil, ""},
		"no headers":        {"--b\r\n\r\nx\r\n--b--", []readPart{{"", "", "x"}}, ""},
		"empty part":        {"--b\r\n\r\n\r\n--b--", []readPart{{"", "", ""}}, ""},
		"nothing at all":    {"--b\r\n\r\n--b--", []readPart{{"", "", ""}}, ""},
		"preamble":          {"hello\r\n\r\n--b\r\n\r\nx\r\n--b--\r\nbye", []readPart{{"", "", "x"}}, ""},
		"padding":           {"--b \t\r\n\r\nx\r\n--b  \r\n\r\ny\r\n--b-- ", []readPart{{"", "", "x"}, {"", "", "y"}}, ""},
		"near misses":       {"--b\r\n\r\n\r\n-\r\n--\r\n--c\r\n--bb\r\n--b-\r\n\n--b\r\r\n--b--", []readPart{{"", "", "\r\n-\r\n--\r\n--c\r\n--bb\r\n--b-\r\n\n--b\r"}}, ""},
		"CR":                {"--b\r\n\r\n" + strings.Repeat("\r", 5000) + "\r\n--b--", []readPart{{"", "", strings.Repeat("\r", 5000)}}, ""},
		"LF":                {"--b\r\n\r\n" + strings.Repeat("\n", 5000) + "\r\n--b--", []readPart{{"", "", strings.Repeat("\n", 5000)}}, ""},
		"long":              {"--b\r\n\r\n" + long + "\r\n--b--", []readPart{{"", "", long}}, ""},
		"empty":             {"", nil, "cut"},
		"no boundary":       {"hello", nil, "cut"},
		"another boundary":  {"--c\r\n\r\nx\r\n--c--", nil, "cut"},
		"cut in a boundary": {"--b\r\n\r\nx\r\n--b", []readPart{{"", "", "x"}}, "cut"},
		"cut in headers":    {"--b\r\nA: b\r\n", nil, "cut"},
		"cut in a part":     {"--b\r\n\r\nx", nil, "cut"},
		"text behind":       {"--bx\r\n\r\n--b x\r\n\r\n--b--", nil, "a boundary that is followed by something else in its line"},
		"text behind last":  {"--b--x", nil, "a last boundary that is followed by something else in its line"},
		"LF alone":          {"--b\n\nx\n--b--", nil, "a boundary that is followed by something else in its line"},
		"LF in a header":    {"--b\r\nA: b\nC: d\r\n\r\n--b--", nil, "a line of the headers of a part that does not end with CR LF"},
		"no header":         {"--b\r\nsecret\r\n\r\n--b--", nil, "the headers of a part are malformed"},
		"long headers":      {"--b\r\nA: " + strings.Repeat("x", 9000) + "\r\n\r\n--b--", nil, "the headers of a part are too long, limit 8192"},
		"endless headers":   {"--b\r\n" + strings.Repeat("A: b\r\n", 100_000), nil, "the headers of a part are too long, limit 8192"},
		"many headers":      {"--b\r\n" + strings.Repeat("A: b\r\n", 17) + "\r\n--b--", nil, "a part has too many headers, limit 16"},
		"many parts":        {strings.Repeat("--b\r\n\r\n\r\n", 10_000) + "--b--", nil, "too many parts, limit 1000"},
		"endless preamble":  {strings.Repeat("x", 100_000), nil, "too much before the first part, limit 4096"},
		"long preamble":     {strings.Repeat("x", 4090) + "123456\r\n--b--", nil, ""},
		"preamble too long": {strings.Repeat("x", 4090) + "1234567\r\n--b--", nil, "too much before the first part, limit 4096"},
		"long epilogue":     {"--b--\r\n" + strings.Repeat("x", 4094), nil, ""},
		"endless epilogue":  {"--b--\r\n" + strings.Repeat("x", 100_000), nil, "too much behind the last part, limit 4096"},
	} {
		for way, wrap := range map[string]func(io.Reader) io.Reader{
			"whole":       func(r io.Reader) io.Reader { return r },
			"by the byte": iotest.OneByteReader,
			"halves":      iotest.HalfReader,
			"early end":   iotest.DataErrReader,
		} {
			if way == "by the byte" && len(c.body) > 200_000 {
				continue
			}
			for _, writeTo := range []bool{false, true} {
				r := NewReader(wrap(strings.NewReader(c.body)), "b")
				got, err := parts(r, writeTo)
				if name != "many parts" {
					assert.Equal(t, c.want, got, "%s, %s", name, way)
				}
				switch c.err {
				case "":
					assert.Equal(t, io.EOF, err, "%s, %s", name, way)
				case "cut":
					assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s, %s", name, way)
				default:
					assert.EqualError(t, err, "multipart: "+c.err, "%s, %s", name, way)
					assert.ErrorAs(t, err, new(*Error))
				}
				_, again := r.Next()
				assert.Equal(t, err, again, "%s: errors are final", name)
				require.NoError(t, r.Close())
			}
		}
	}
}

// Names come as browsers and other clients write them.
func TestDisposition(t *testing.T) {
	for value, want := range map[string]struct {
		name, file string
		isFile     bool
	}{
		`form-data; name="a"`:                                {"a", "", false},
		`form-data; name=a; filename=b.txt`:                  {"a", "b.txt", true},
		`Form-Data ; NAME="a" ; FileName="b.txt"`:            {"a", "b.txt", true},
		`form-data; name="a%22%0D%0a;b"; filename="c\"d\\e"`: {"a\"\r\n;b", `c"d\e`, true},
		`form-data; name="a"; filename="C:\dir\f.txt"`:       {"a", `C:\dir\f.txt`, true},
		`form-data; name="a"; filename=""`:                   {"a", "", true},
		`form-data; name="ä"; filename="日本.png"`:             {"ä", "日本.png", true},
		`form-data; name="a"; filename*=UTF-8''evil`:         {"a", "", false},
		`form-data; name="50%25"`:                            {"50%25", "", false},
		`form-data; name="a`:                                 {"a", "", false},
		`attachment; name="a"; filename="b"`:                 {"", "", false},
		``:                                                   {"", "", false},
		`form-data; =x; name`:                                {"", "", false},
	} {
		name, file, isFile := disposition(value)
		assert.Equal(t, want, struct {
			name, file string
			isFile     bool
		}{name, file, isFile}, value)
	}
}

func TestBoundary(t *testing.T) {
	for typ, want := range map[string]string{
		"multipart/form-data; boundary=abc":                               "abc",
		`Multipart/Form-Data; charset=utf-8; boundary="a b'()+_,-./:=?c"`: "a b'()+_,-./:=?c",
		"multipart/form-data; boundary=" + strings.Repeat("x", 70):        strings.Repeat("x", 70),
		"multipart/form-data; boundary=" + strings.Repeat("x", 71):        "too long, limit 70",
		"multipart/form-data":                         "no boundary",
		`multipart/form-data; boundary=""`:            "no boundary",
		"multipart/mixed; boundary=a":                 "not multipart/form-data",
		"text/plain":                                  "not multipart/form-data",
		"":                                            "not multipart/form-data",
		`multipart/form-data; boundary="a "`:          "not allowed",
		`multipart/form-data; boundary="a@b"`:         "not allowed",
		"multipart/form-data; boundary=a; boundary=b": "not multipart/form-data",
	} {
		got, err := Boundary(typ)
		if err != nil {
			assert.Empty(t, got)
			assert.ErrorContains(t, err, want, typ)
			continue
		}
		assert.Equal(t, want, got, typ)
	}
}

// A part is over when Next is called, and everything is when the reader is closed.
func TestAfterwards(t *testing.T) {
	r := NewReader(strings.NewReader(simple), "b")
	first, err := r.Next()
	require.NoError(t, err)
	assert.False(t, first.IsFile())
	p := make([]byte, 2)
	n, err := first.Read(p)
	require.NoError(t, err)
	assert.Equal(t, "va", string(p[:n]))
	second, err := r.Next()
	require.NoError(t, err)
	assert.True(t, second.IsFile())
	assert.Equal(t, textproto.MIMEHeader{"Content-Disposition": {`form-data; name="f"; filename="x.txt"`}, "Content-Type": {"text/plain"}}, second.Header)
	_, err = first.Read(p)
	assert.Error(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	_, err = second.Read(p)
	assert.Equal(t, errClosed, err)
	_, err = r.Next()
	assert.Equal(t, errClosed, err)
}

// The body's own errors come through, and a writer's too: what it has not taken is there.
func TestForeignErrors(t *testing.T) {
	bad := errors.New("bad")
	r := NewReader(io.MultiReader(strings.NewReader(simple[:80]), iotest.ErrReader(bad)), "b")
	_, err := parts(r, true)
	assert.Equal(t, bad, err)

	r = NewReader(strings.NewReader(simple), "b")
	p, err := r.Next()
	require.NoError(t, err)
	n, err := p.WriteTo(iotest.TruncateWriter(failing{bad}, 3))
	assert.Equal(t, bad, err)
	assert.EqualValues(t, 0, n)
	rest, err := io.ReadAll(p)
	require.NoError(t, err)
	assert.Equal(t, "value", string(rest))
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Each byte is searched and moved a bounded number of times, whatever the body is made of,
// and the window grows for bodies that fill it only.
func TestWork(t *testing.T) {
	const size = 1 << 20
	boundary := strings.Repeat("b", 70)
	for name, unit := range map[string]string{
		"CR": "\r", "LF": "\n", "CR LF": "\r\n", "dashes": "\r\n--", "almost": "\r\n--" + boundary[1:], "more": "\r\n--" + boundary + "b", "text": "0123456789",
	} {
		content := strings.Repeat(unit, size/len(unit))
		body := "--" + boundary + "\r\n\r\n" + content + "\r\n--" + boundary + "--"
		for way, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "by the byte": iotest.OneByteReader,
			"packets": func(r io.Reader) io.Reader { return packets{r} },
		} {
			r := NewReader(wrap(strings.NewReader(body)), boundary)
			p, err := r.Next()
			require.NoError(t, err)
			n, err := io.Copy(io.Discard, p)
			require.NoError(t, err)
			require.EqualValues(t, len(content), n)
			window := len(r.buf)
			if way == "whole" {
				assert.Equal(t, 512<<10, window, name)
				assert.Less(t, r.looked, int64(2*len(body)), "%s, %s", name, way)
			} else {
				assert.Equal(t, smallest, window, "%s, %s", name, way)
			}
			// Twice the length of a boundary for each byte that comes alone.
			assert.Less(t, r.looked, int64(len(body)*(2*len(r.mark)+2)), "%s, %s", name, way)
			assert.Less(t, r.moved, int64(2*len(body)), "%s, %s", name, way)
			_, err = r.Next()
			require.Equal(t, io.EOF, err)
			require.NoError(t, r.Close())
		}
	}
}

// packets reads at most 1,460 bytes at once.
type packets struct{ io.Reader }

func (p packets) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), 1460)]) }

// A Reader gives what mime/multipart gives, or refuses.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{simple, "", "--b--", "--b\r\n\r\n--b--", "x\r\n--b\r\nA: b\r\n\r\n\r\n--b \r\n\r\n--b-\r\n--b--x", "--b\n\nx\n--b--\n", "--b\r\n\r\n\r\n--b"} {
		f.Add([]byte(seed), uint8(0))
	}
	f.Fuzz(func(t *testing.T, body []byte, way uint8) {
		if bytes.Contains(bytes.ToLower(body), []byte("quoted-printable")) {
			return // NextRawPart ignores it, too, but not its parser of headers in all versions
		}
		var src io.Reader = bytes.NewReader(body)
		switch way % 3 {
		case 1:
			src = iotest.OneByteReader(src)
		case 2:
			src = iotest.HalfReader(src)
		}
		r := NewReader(src, "b")
		defer r.Close()
		theirs := multipart.NewReader(bytes.NewReader(body), "b")
		for {
			p, err := r.Next()
			var content []byte
			if err == nil {
				content, err = io.ReadAll(p)
			}
			if err != nil && err != io.EOF {
				return // refused, with a reason
			}
			q, theirErr := theirs.NextRawPart()
			if err == io.EOF {
				require.Equal(t, io.EOF, theirErr, "%q", body)
				return
			}
			require.NoError(t, theirErr, "%q", body)
			want, theirErr := io.ReadAll(q)
			require.NoError(t, theirErr, "%q", body)
			require.Equal(t, string(want), string(content), "%q", body)
			require.Equal(t, q.Header, p.Header, "%q", body)
		}
	})
}
