// Package accesslog reads access logs of web servers in the Common and the
// Combined Log Format and counts what is in them.
package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// A Record is one request. Its slices are parts of the line it was parsed from.
type Record struct {
	Host     []byte // who asked
	Time     []byte // when, as it is written: 10/Oct/2000:13:55:36 -0700
	Method   []byte // GET; empty, as Path is, if the request line is not one of HTTP
	Path     []byte // what was asked for, without the query
	Status   int
	Bytes    int64 // sent, without headers; 0 where the log has "-"
	Duration time.Duration
	Timed    bool // whether the line says how long it took
}

// TimeLayout is the layout of Record.Time.
const TimeLayout = "02/Jan/2006:15:04:05 -0700"

// ErrMalformed is wrapped by the errors of Parse.
var ErrMalformed = errors.New("accesslog: malformed line")

// Parse reads a line in Common or Combined Log Format, with or without its end. A
// number of seconds at the end of the line, which many servers are configured to
// write, is the request's duration. What comes between is ignored. Parse does not
// allocate, except for an error.
func Parse(line []byte) (Record, error) {
	var r Record
	rest := bytes.TrimRight(line, "\r\n")
	ok := true
	field := func(open, sep string) (value []byte) {
		if ok = ok && bytes.HasPrefix(rest, []byte(open)); ok {
			value, rest, ok = cut(rest[len(open):], sep)
		}
		return value
	}
	r.Host = field("", " ")
	field("", " [") // who the client and its user say they are, which may have spaces
	r.Time = field("", "] ")
	if !ok || len(r.Host) == 0 || len(r.Time) != len(TimeLayout) {
		return Record{}, malformed(line)
	}
	request, rest, ok := quoted(rest)
	if !ok {
		return Record{}, malformed(line)
	}
	r.Method, r.Path = split(request)

	status, rest := word(rest)
	if r.Status, ok = integer(status); !ok || r.Status < 100 || r.Status > 999 {
		return Record{}, malformed(line)
	}
	size, rest := word(rest)
	if n, ok := integer(size); ok {
		r.Bytes = int64(n)
	} else if string(size) != "-" {
		return Record{}, malformed(line)
	}
	r.Duration, r.Timed = seconds(rest[bytes.LastIndexByte(rest, ' ')+1:])
	return r, nil
}

func malformed(line []byte) error {
	const enough = 80
	if len(line) > enough {
		return fmt.Errorf("%w: %.*q…", ErrMalformed, enough, line[:enough])
	}
	return fmt.Errorf("%w: %q", ErrMalformed, line)
}

// cut is bytes.Cut for a separator that is a string.
func cut(s []byte, sep string) (before, after []byte, found bool) {
	i := bytes.IndexByte(s, sep[0])
	if len(sep) > 1 {
		i = bytes.Index(s, []byte(sep))
	}
	if i < 0 {
		return nil, nil, false
	}
	return s[:i], s[i+len(sep):], true
}

// quoted returns what stands between the first byte of s, a quotation mark, and the
// next one that no backslash precedes, and what comes behind it.
func quoted(s []byte) (inside, after []byte, ok bool) {
	if len(s) == 0 || s[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], true
		}
	}
	return nil, nil, false
}

// split returns the method and the path of a request line.
func split(request []byte) (method, path []byte) {
	method, path, ok := cut(request, " ")
	if !ok {
		return nil, nil // a handshake of another protocol, most often
	}
	if i := bytes.LastIndexByte(path, ' '); i >= 0 {
		path = path[:i] // the version
	}
	if i := bytes.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	return method, path
}

// word returns the first word of s, which a space precedes, and the rest.
func word(s []byte) (word, rest []byte) {
	s = bytes.TrimPrefix(s, []byte(" "))
	if i := bytes.IndexByte(s, ' '); i >= 0 {
		return s[:i], s[i:]
	}
	return s, nil
}

// integer reads up to 18 decimal digits.
func integer(s []byte) (n int, ok bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n >= 0
}

// seconds reads a decimal number with a point, such as 0.042.
func seconds(s []byte) (time.Duration, bool) {
	whole, fraction, ok := cut(s, ".")
	if !ok || len(whole) > 9 || len(fraction) > 9 {
		return 0, false
	}
	n, ok := integer(whole)
	f, ok2 := integer(fraction)
	if !ok || !ok2 {
		return 0, false
	}
	d := time.Duration(f)
	for range 9 - len(fraction) { // to nanoseconds
		d *= 10
	}
	return time.Duration(n)*time.Second + d, true
}
