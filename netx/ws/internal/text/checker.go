// Package text checks UTF-8 that comes in pieces.
package text

import "unicode/utf8"

// A Checker checks a text that comes in pieces, which may end within a character. It
// refuses a text with the first byte that makes it invalid. The zero value is ready.
type Checker struct {
	begun [utf8.UTFMax]byte // of a character whose end has not come
	n     uint8             // how many bytes of it
}

// Write checks the next piece. It reports whether the text can still become valid; when
// it cannot, the Checker is of no use any more.
func (c *Checker) Write(p []byte) bool {
	for c.n > 0 && len(p) > 0 {
		c.begun[c.n] = p[0]
		c.n++
		p = p[1:]
		if !utf8.FullRune(c.begun[:c.n]) {
			continue
		}
		if !utf8.Valid(c.begun[:c.n]) {
			return false
		}
		c.n = 0
	}
	cut := len(p) - unfinished(p)
	if !utf8.Valid(p[:cut]) {
		return false
	}
	c.n += uint8(copy(c.begun[c.n:], p[cut:]))
	return true
}

// Complete reports whether the text may end here, and makes c ready for another text.
func (c *Checker) Complete() bool {
	complete := c.n == 0
	c.n = 0
	return complete
}

// unfinished returns how many bytes at the end of p begin a character that may be
// complete with the next piece.
func unfinished(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if b := p[len(p)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
