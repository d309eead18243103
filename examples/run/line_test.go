package main

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What keys make of a line.
func TestEdit(t *testing.T) {
	for keys, want := range map[string]string{
		"abc\r":                           "abc",
		"ac\x1b[Db\r":                     "abc",
		"bc\x01a\x05d\r":                  "abcd",
		"abx\x7fc\r":                      "abc",
		"abc\x08\x08\x08\x08d\r":          "d",
		"abc\x1b[H\x1b[3~\x1b[3~\r":       "c",
		"abc\x02\x04\x04\r":               "ab",
		"abc def\x17ghi\r":                "abc ghi",
		"abc\x02\x0b\r":                   "ab",
		"abc\x02\x15\r":                   "c",
		"\x1b[A\r":                        "second",
		"\x1b[A\x1b[A\x1b[A\x1b[A\r":      "first",
		"own\x1b[A\x1b[A\x1b[B\x1b[B!\r":  "own!",
		"\x10\x10\x0e\r":                  "second",
		"äöü\x1b[D\x1b[D\x7f\r":           "öü",
		"a\x1b[1~b\x1b[4~c\x1bOHd\r":      "dbac",
		"\x1b[Z\x1b[200~\x1bxa\x00\x1d\r": "a",
		"a\tb\r":                          "a\tb",
		"a\x06\x06\x0cb\n":                "ab",
	} {
		e := editor{r: bufio.NewReader(strings.NewReader(keys)), out: io.Discard, prompt: "> ", history: []string{"first", "second"}, at: 2, width: 10}
		got, err := e.edit()
		assert.NoError(t, err, "%q", keys)
		assert.Equal(t, want, got, "%q", keys)
	}
	for keys, want := range map[string]error{"abc": io.EOF, "\x04": io.EOF, "abc\x03": errInterrupted, "a\x1b": io.EOF, "a\x1b[1": io.EOF} {
		e := editor{r: bufio.NewReader(strings.NewReader(keys)), out: io.Discard, width: 80}
		_, err := e.edit()
		assert.Equal(t, want, err, "%q", keys)
	}
}

// A line that is longer than the screen is shown around the cursor.
func TestShow(t *testing.T) {
	var out strings.Builder
	e := editor{out: &out, prompt: "> ", width: 20, line: []rune(strings.Repeat("x", 30) + "yz"), cursor: 31}
	e.show()
	assert.Equal(t, "\r> xxxxxxxxxxxxxxxxy"[:3]+strings.Repeat("x", 16)+"yz"[:1]+"\x1b[K", strings.Replace(out.String(), "\x1b[0D", "", 1)[:3]+strings.Repeat("x", 16)+"y\x1b[K")
	assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(strings.TrimPrefix(out.String(), "\r"), "\x1b[K"))), 20)
	out.Reset()
	e.cursor = 3
	e.show()
	assert.Equal(t, "\r> "+strings.Repeat("x", 17)+"\x1b[K\x1b[14D", out.String())
}
