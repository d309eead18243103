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
	"fmt"
	"io"

	"github.com/fanfold/fanfold/examples/internal/regular"
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

// MaxWord is the length in bytes of the longest word that is counted. What goes on for
// longer without white space is no text: zeros, for example, of which a disk can hold
// more than the memory.
const MaxWord = 1 << 20

// Count counts the words of the named files. A file that cannot be read to its
// end, that is not a regular file or that has a word longer than [MaxWord] counts
// nothing and is listed as unread; it fails neither the other files nor the call.
// The error is that of ctx when ctx ends before the files do.
//
// The distinct words have to fit into memory; the files need not.
func Count(ctx context.Context, paths []string) (Totals, error) {
	var t Totals
	buf := make([]byte, MaxWord+1) // a word that fills it is too long
	for _, path := range paths {
		err := t.count(ctx, path, buf)
		switch {
		case ctx.Err() != nil:
			return Totals{}, context.Cause(ctx)
		case err != nil:
			t.Unread = append(t.Unread, err.Error())
		}
	}
	return t, nil
}

// count adds one file, which is read into buf part by part, or nothing of it.
func (t *Totals) count(ctx context.Context, path string, buf []byte) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var size int64
	held := 0 // at the beginning of buf: the first part of a word
	long := &Totals{}
	for into := long; ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := io.ReadFull(f, buf[held:])
		end := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !end {
			return err
		}
		if end && size == 0 {
			into = t // nothing can fail any more, so it need not be merged
		}
		size += int64(n)
		rest := into.scan(buf[:held+n], end)
		if held = copy(buf, rest); held == len(buf) {
			return fmt.Errorf("%s: the word at byte %d is longer than %d bytes", path, size-int64(held), MaxWord)
		}
		if end {
			break
		}
	}
	if long.Total > 0 {
		*t = Merge(*t, *long)
	}
	t.Files++
	t.Bytes += size
	return nil
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

var space = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

// scan adds the words of text, and returns the word that goes on where text ends, unless
// that is the end of its file.
func (t *Totals) scan(text []byte, end bool) (rest []byte) {
	for i := 0; i < len(text); {
		for i < len(text) && space[text[i]] {
			i++
		}
		begin := i
		for i < len(text) && !space[text[i]] {
			i++
		}
		if i == len(text) && !end {
			return text[begin:]
		}
		if begin < i {
			t.Words.Add(text[begin:i], 1)
			t.Total++
		}
	}
	return nil
}
