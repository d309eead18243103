// Package words counts the words of files. A word is a maximal run of bytes
// other than the six that ASCII calls white space: space, \t, \n, \v, \f and \r.
// Its bytes need not be text in any encoding.
//
// [Count] is the map function and [Merge] the fold: together they count the
// files of a disk as well as one file. Neither knows who runs it. Both deal in
// [Totals], which may come from another process: their fields are exported, and
// a [Table] says itself how it travels.
package words

import (
	"context"
	"io"
	"os"
)

// Totals is what was counted in some files. The zero Totals is what is counted
// in none.
type Totals struct {
	Words  Table    // the distinct words, each with its count
	Total  int64    // the sum of their counts
	Files  int      // files counted
	Bytes  int64    // what these files hold
	Unread []string // for each file that could not be read, the error, which names it
}

// Count counts the words of the named files. A file that cannot be read to its
// end counts nothing and is listed as unread; it fails neither the other files
// nor the call. The error is that of ctx when ctx ends before the files do.
//
// Files are read whole, one at a time: the longest has to fit into memory.
func Count(ctx context.Context, paths []string) (Totals, error) {
	var t Totals
	var text []byte
	for _, path := range paths {
		var err error
		text, err = read(ctx, path, text[:0])
		if err == nil {
			err = t.scan(ctx, text)
		}
		switch {
		case err == nil:
			t.Files++
			t.Bytes += int64(len(text))
		case ctx.Err() != nil:
			return Totals{}, context.Cause(ctx)
		default:
			t.Unread = append(t.Unread, err.Error())
		}
	}
	return t, nil
}

// Merge returns the sum of a and b, whose unread files stay in this order. It
// folds the table with fewer words into the other and takes both over: use the
// result only.
func Merge(a, b Totals) Totals {
	most, rest := a.Words, b.Words
	if most.Len() < rest.Len() {
		most, rest = rest, most
	}
	most.merge(&rest)
	return Totals{
		Words:  most,
		Total:  a.Total + b.Total,
		Files:  a.Files + b.Files,
		Bytes:  a.Bytes + b.Bytes,
		Unread: append(a.Unread, b.Unread...),
	}
}

// A read or a scan looks at its context once in so many bytes or words: often
// enough to stop at once, too seldom to cost anything.
const (
	readStep = 1 << 20
	scanStep = 1 << 16
)

// read appends what the file holds to buf.
func read(ctx context.Context, path string, buf []byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return buf, err
	}
	defer f.Close()
	for ctx.Err() == nil {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, 32<<10)...)[:len(buf)]
		}
		n, err := f.Read(buf[len(buf):min(len(buf)+readStep, cap(buf))])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, context.Cause(ctx)
}

var space = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

// scan adds the words of text.
func (t *Totals) scan(ctx context.Context, text []byte) error {
	for i := 0; i < len(text); {
		for i < len(text) && space[text[i]] {
			i++
		}
		begin := i
		for i < len(text) && !space[text[i]] {
			i++
		}
		if begin == i {
			break
		}
		t.Words.Add(text[begin:i], 1)
		if t.Total++; t.Total%scanStep == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}
