package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/fanfold/fanfold/examples/internal/regular"
	"github.com/fanfold/fanfold/functional"
)

// A logFile is an open log, of which size bytes are to be read, also if it grows.
type logFile struct {
	*os.File
	size int64
}

// open opens the logs. It returns those it could, and why it could not the others.
func open(paths []string) (logs []logFile, errs []error) {
	for _, path := range paths {
		f, err := regular.Open(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		info, err := f.Stat()
		if err == nil && info.Size() == 0 {
			err = fmt.Errorf("%s is empty", path)
		}
		if err != nil {
			f.Close()
			errs = append(errs, err)
			continue
		}
		logs = append(logs, logFile{f, info.Size()})
	}
	return logs, errs
}

// A piece is the lines of a log that begin in a range of its bytes.
type piece struct {
	log    logFile
	offset int64
	length int64
}

// A piece is large enough to be worth the merge of its counts, and so small that a
// few of them for each worker do not matter.
const pieceSize = 2 << 20

// maxLine bounds what is read to find the end of a line.
const maxLine = 1 << 20

// pieces yields the pieces of all logs, of so many bytes each, the logs being read
// so many times.
func pieces(logs []logFile, size, times int64) iter.Seq[piece] {
	cut := func(log logFile) iter.Seq[piece] {
		return functional.Map(functional.Range(0, log.size, size), func(offset int64) piece {
			return piece{log, offset, min(size, log.size-offset)}
		})
	}
	return functional.FlatMap(functional.Range(0, times, 1), func(int64) iter.Seq[piece] {
		return functional.FlatMap(slices.Values(logs), cut)
	})
}

// buffers are used again and again: each has room for a piece and the first part of
// a line.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// read calls use with the lines of p. They are gone when it returns.
func (p piece) read(use func(text []byte)) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	b.Grow(int(p.length) + 4<<10)

	// The byte before the piece says whether its first line begins in it.
	before := min(p.offset, 1)
	log := io.NewSectionReader(p.log, p.offset-before, p.log.size-p.offset+before)
	if n, err := io.CopyN(b, log, p.length+before); err != nil {
		return fmt.Errorf("%s: %d bytes at %d: read %d: %w", p.log.Name(), p.length, p.offset, n, err)
	}
	if before > 0 {
		if _, err := b.ReadBytes('\n'); err != nil {
			return nil // a line that neither begins nor ends here
		}
	}
	if b.Len() == 0 {
		return nil
	}
	for limit := b.Len() + maxLine; !bytes.HasSuffix(b.Bytes(), []byte("\n")); {
		if b.Len() >= limit {
			return fmt.Errorf("%s: a line at %d is longer than %d bytes", p.log.Name(), p.offset, maxLine)
		}
		tail := make([]byte, 4<<10)
		n, err := log.Read(tail)
		end := bytes.IndexByte(tail[:n], '\n') + 1
		if end == 0 {
			end = n
		}
		b.Write(tail[:end])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.log.Name(), err)
		}
	}
	use(b.Bytes())
	return nil
}
