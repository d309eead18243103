package multipart

import (
	"bufio"
	"bytes"
	"net/textproto"
	"strings"
)

// header takes the headers of a part.
func (r *Reader) header() (textproto.MIMEHeader, error) {
	for {
		data := r.bytes()
		if bytes.HasPrefix(data, crlf) {
			r.use(2)
			return textproto.MIMEHeader{}, nil
		}
		end := bytes.Index(data, blank)
		switch {
		case end+4 > r.limits.HeaderBytes, end < 0 && len(data) > r.limits.HeaderBytes:
			return nil, &Error{"the headers of a part are too long", int64(r.limits.HeaderBytes)}
		case end >= 0:
			header, err := r.parse(data[:end+4])
			r.use(end + 4)
			return header, err
		}
		if !r.fill() {
			return nil, r.cut()
		}
	}
}

var crlf, blank = []byte("\r\n"), []byte("\r\n\r\n")

// parse returns the headers in a block that ends with an empty line.
func (r *Reader) parse(block []byte) (textproto.MIMEHeader, error) {
	if bytes.Count(block, crlf)-1 > r.limits.Headers {
		return nil, &Error{"a part has too many headers", int64(r.limits.Headers)}
	}
	if bytes.Count(block, []byte{'\n'}) != bytes.Count(block, crlf) {
		return nil, &Error{What: "a line of the headers of a part that does not end with CR LF"}
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(block))).ReadMIMEHeader()
	if err != nil { // whose text holds what the part says
		return nil, &Error{What: "the headers of a part are malformed"}
	}
	return header, nil
}

// disposition returns the parameters name and filename of a Content-Disposition of
// form-data. Browsers write quotes and line breaks in them as %22, %0D and %0A, and other
// clients quotes and backslashes behind a backslash.
func disposition(value string) (name, file string, isFile bool) {
	kind, rest, _ := strings.Cut(value, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "form-data") {
		return "", "", false
	}
	for rest != "" {
		var key string
		key, rest, _ = strings.Cut(rest, "=")
		var text string
		text, rest = parameter(rest)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "name":
			name = unescape.Replace(text)
		case "filename":
			file, isFile = unescape.Replace(text), true
		}
	}
	return name, file, isFile
}

var unescape = strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n", "%0d", "\r", "%0a", "\n")

// parameter returns the value at the beginning of a text, and what is behind its semicolon.
func parameter(text string) (value, rest string) {
	text = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(text, `"`) {
		value, rest, _ = strings.Cut(text, ";")
		return strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			_, rest, _ = strings.Cut(text[i+1:], ";")
			return b.String(), rest
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "" // without an end
}
