package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fanfold/fanfold/netx/files/internal/account"
)

// An upload is a file that comes in one request.
type upload struct {
	original string
	size     int64 // -1: not known
	src      io.Reader
	wanted   []wantedSum
	match    func(old *Info) error // conditions of the request; old is nil if there is no file
}

// newID returns an ID that nobody can guess.
func newID() string { return rand.Text() }

// errTooLarge is the refusal of a file beyond MaxFile.
func errTooLarge(limit int64) error {
	return refused(http.StatusRequestEntityTooLarge, "a file may have %d bytes at most", limit)
}

// nameFor returns the name for an upload.
func (s *Server) nameFor(original string) (string, error) {
	name, err := CleanName(original)
	if s.o.Names == Cleaned {
		return name, err
	}
	ext := ""
	if err == nil {
		ext = strings.ToLower(path.Ext(name))
	}
	if len(ext) > maxExt || strings.ContainsFunc(strings.TrimPrefix(ext, "."), func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
		ext = ""
	}
	return strings.ToLower(newID()) + ext, nil
}

// stat returns the Info of a file, or nil if there is none.
func (s *Server) stat(name string) (*Info, error) {
	f, info, err := s.storage.Open(context.Background(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &info, f.Close()
}

// begin looks, before the first byte of an upload, whether it has a chance. It returns the
// name, and whether the file will be a new one.
func (q *request) begin(original string, size int64, match func(*Info) error) (name string, isNew bool, err error) {
	if name, err = q.nameFor(original); err != nil {
		return "", false, err
	}
	if err := q.allowed(OpWrite, name); err != nil {
		return "", false, err
	}
	old, err := q.stat(name)
	if err != nil {
		return "", false, err
	}
	if match != nil {
		if err := match(old); err != nil {
			return "", false, err
		}
	}
	if old != nil && q.o.Existing == Refuse {
		return "", false, fs.ErrExist
	}
	if q.o.MaxFile >= 0 && size > q.o.MaxFile {
		return "", false, errTooLarge(q.o.MaxFile)
	}
	return name, old == nil || q.o.Existing != Replace, nil
}

// store stores a file that comes in this request. It reports whether it replaced another.
func (q *request) store(u upload) (info Info, replaced bool, err error) {
	name, isNew, err := q.begin(u.original, u.size, u.match)
	if err != nil {
		return Info{}, false, err
	}
	p := Partial{ID: newID(), Name: name, Size: -1, Expires: time.Now().Add(q.o.Expire)}
	if err := q.books.Hold(q.ctx, p.ID, max(u.size, 0), isNew); err != nil {
		return Info{}, false, err
	}
	published := false
	defer func() {
		if !published {
			err = errors.Join(err, q.abort(p.ID))
		}
	}()
	if err := q.storage.Save(q.ctx, p); err != nil {
		return Info{}, false, err
	}
	sum, more := u.sums(q.o.NoSum)
	in := &intake{s: q.Server, ctx: q.ctx, src: u.src, id: p.ID, size: u.size, held: max(u.size, 0), fresh: isNew, sum: sum, more: more}
	if p.Offset, err = q.storage.Append(q.ctx, p, in); err != nil {
		return Info{}, false, err
	}
	if u.size >= 0 && p.Offset != u.size {
		return Info{}, false, &bodyError{io.ErrUnexpectedEOF}
	}
	if err := u.check(sum, more); err != nil {
		return Info{}, false, err
	}
	info, replaced, err = q.publish(p, in, u.original, u.match)
	published = err == nil
	return info, replaced, err
}

// abort removes an upload that came to nothing.
func (s *Server) abort(id string) error {
	err := s.storage.Abort(context.Background(), id)
	s.books.Drop(id)
	return err
}

// maxNumber is the largest number that is tried for a name that is taken.
const maxNumber = 10_000

// publish makes a complete upload a file, under its name or under one with a number.
func (q *request) publish(p Partial, in *intake, original string, match func(*Info) error) (info Info, replaced bool, err error) {
	if in.typ == "" {
		if err := in.sniff(); err != nil {
			return Info{}, false, err
		}
	}
	i := Info{Name: p.Name, Original: original, Type: in.typ}
	if in.sum != nil {
		i.SHA256 = in.sum.Sum(nil)
	}
	keep := p.Published != ""
	unlock := q.names.lock(p.Name)
	defer unlock()
	for n := 2; ; n++ {
		if keep {
			p.Published = i.Name
		}
		replaced, err = q.publishAs(p, i, match)
		if err == nil || q.o.Existing != Number || !errors.Is(err, fs.ErrExist) || n > maxNumber {
			break
		}
		i.Name = numbered(p.Name, n)
	}
	if err != nil {
		return Info{}, false, err
	}
	stored, err := q.stat(i.Name)
	if err != nil || stored == nil { // removed already
		i.Size, i.Modified = p.Offset, time.Now()
		stored = &i
	}
	if q.o.OnUpload != nil {
		q.o.OnUpload(q.ctx, *stored)
	}
	return *stored, replaced, nil
}

// publishAs makes an upload the file i.Name, whose lock is held.
func (q *request) publishAs(p Partial, i Info, match func(*Info) error) (replaced bool, err error) {
	err = q.books.Move(func() (c account.Change, err error) {
		old, err := q.stat(i.Name)
		if err == nil && match != nil {
			err = match(old)
		}
		if err != nil {
			return c, err
		}
		if err := q.storage.Publish(q.ctx, p, i, q.o.Existing == Replace); err != nil {
			return c, err
		}
		c = account.Change{Bytes: p.Offset, Files: 1, Drop: p.ID}
		if replaced = old != nil; replaced {
			c.Bytes, c.Files = p.Offset-old.Size, 0
		}
		return c, nil
	})
	return replaced, err
}

// numbered returns a name with a number, before its extension.
func numbered(name string, n int) string {
	ext := path.Ext(name)
	if len(ext) > maxExt || len(ext) == len(name) {
		ext = ""
	}
	stem, number := strings.TrimSuffix(name, ext), fmt.Sprintf(" (%d)", n)
	end := min(len(stem), maxName-len(number)-len(ext))
	for end > 0 && end < len(stem) && !utf8.RuneStart(stem[end]) {
		end--
	}
	return strings.TrimRight(stem[:end], " .") + number + ext
}

// removed removes a file, whose lock is held.
func (s *Server) removed(info *Info) error {
	return s.books.Move(func() (account.Change, error) {
		if err := s.storage.Remove(context.Background(), info.Name); err != nil {
			return account.Change{}, err
		}
		return account.Change{Bytes: -info.Size, Files: -1}, nil
	})
}

// count counts the storage, for the books.
func (s *Server) count(ctx context.Context) (account.Count, error) {
	c := account.Count{Held: map[string]int64{}}
	for info, err := range s.storage.List(ctx, "") {
		if err != nil {
			return c, err
		}
		c.Bytes += info.Size
		c.Files++
	}
	for p, err := range s.storage.Partials(ctx) {
		if err != nil {
			return c, err
		}
		if p.Published == "" {
			c.Held[p.ID] = max(p.Size, p.Offset)
		}
	}
	return c, nil
}
