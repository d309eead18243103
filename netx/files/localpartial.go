package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"
)

// orphaned is how long what has no record is kept after it was changed: a crash has left it.
const orphaned = 24 * time.Hour

func partFile(id string) string   { return hidden + "/" + id + ".part" }
func recordFile(id string) string { return hidden + "/" + id + ".json" }
func newFile(id string) string    { return hidden + "/" + id + ".new" }

// isID reports whether s can be the ID of an upload.
func isID(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// partials opens the folder for a call about an upload.
func (l *local) partials(ctx context.Context, id string) (*os.Root, error) {
	if !isID(id) {
		return nil, errNoFile
	}
	return l.root(ctx, "x")
}

func (l *local) Save(ctx context.Context, p Partial) error {
	root, err := l.partials(ctx, p.ID)
	if err != nil {
		return err
	}
	defer root.Close()
	return failed(writeJSON(root, p.ID, recordFile(p.ID), p))
}

func (l *local) Load(ctx context.Context, id string) (Partial, error) {
	root, err := l.partials(ctx, id)
	if err != nil {
		return Partial{}, err
	}
	defer root.Close()
	p, err := load(root, id)
	return p, failed(err)
}

// load returns the record of an upload.
func load(root *os.Root, id string) (p Partial, err error) {
	if err := readJSON(root, recordFile(id), &p); err != nil {
		return Partial{}, err
	}
	p.ID = id
	if p.Published != "" {
		p.Offset = max(p.Size, 0)
		return p, nil
	}
	switch info, err := regular(root, partFile(id)); {
	case err == nil:
		p.Offset = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return Partial{}, err
	}
	if p.HashAt > p.Offset || p.HashAt < 0 {
		p.Hash, p.HashAt = nil, 0
	}
	return p, nil
}

func (l *local) Partials(ctx context.Context) iter.Seq2[Partial, error] {
	return func(yield func(Partial, error) bool) {
		root, err := l.root(ctx, "x")
		if err != nil {
			yield(Partial{}, err)
			return
		}
		defer root.Close()
		names, err := readNames(root, hidden)
		if err != nil {
			yield(Partial{}, failed(err))
			return
		}
		seen := map[string]bool{}
		for _, name := range names {
			id, _, _ := strings.Cut(name, ".")
			if !isID(id) || id == name || seen[id] {
				continue
			}
			seen[id] = true
			if ctx.Err() != nil {
				yield(Partial{}, context.Cause(ctx))
				return
			}
			p, err := load(root, id)
			if err != nil {
				if p, err = orphan(root, id); err != nil {
					continue // it has gone meanwhile
				}
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// orphan describes what a crash has left of an upload without a record that can be read.
func orphan(root *os.Root, id string) (Partial, error) {
	p := Partial{ID: id, Size: -1}
	var changed time.Time
	for _, name := range []string{partFile(id), recordFile(id), newFile(id)} {
		info, err := root.Lstat(name)
		if err != nil {
			continue
		}
		if name == partFile(id) {
			p.Offset = info.Size()
		}
		if info.ModTime().After(changed) {
			changed = info.ModTime()
		}
	}
	if changed.IsZero() {
		return Partial{}, errNoFile
	}
	p.Expires = changed.Add(orphaned)
	return p, nil
}

func (l *local) Append(ctx context.Context, p Partial, r io.Reader) (n int64, err error) {
	root, err := l.partials(ctx, p.ID)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	if _, err := regular(root, recordFile(p.ID)); err != nil {
		return 0, failed(err)
	}
	part := partFile(p.ID)
	f, info, err := openRegular(root, part, os.O_WRONLY)
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err == nil {
			info, err = f.Stat()
		}
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return 0, failed(err)
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = failed(cerr)
		}
	}()
	if p.Offset < 0 || info.Size() < p.Offset {
		return 0, fmt.Errorf("files: an upload has %d bytes, not %d", info.Size(), p.Offset)
	}
	if info.Size() > p.Offset {
		if err := f.Truncate(p.Offset); err != nil {
			return 0, failed(err)
		}
	}
	if _, err := f.Seek(p.Offset, io.SeekStart); err != nil {
		return 0, failed(err)
	}
	n, err = io.Copy(&storing{f, ctx}, r)
	if _, stored := errors.AsType[*fs.PathError](err); stored {
		err = failed(err)
	}
	return n, err
}

// storing writes to a file until a context ends.
type storing struct {
	f   *os.File
	ctx context.Context
}

func (s *storing) Write(b []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.f.Write(b)
}

func (l *local) ReadPartial(ctx context.Context, id string, from int64) (io.ReadCloser, error) {
	root, err := l.partials(ctx, id)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, _, err := openRegular(root, partFile(id), os.O_RDONLY)
	if err != nil {
		return nil, failed(err)
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		f.Close()
		return nil, failed(err)
	}
	return f, nil
}

func (l *local) Abort(ctx context.Context, id string) error {
	root, err := l.partials(ctx, id)
	if err != nil {
		return gone(err)
	}
	defer root.Close()
	return failed(removeAll(root, id))
}

// removeAll removes what belongs to an upload, its record last.
func removeAll(root *os.Root, id string) error {
	return errors.Join(gone(root.Remove(partFile(id))), gone(root.Remove(newFile(id))), gone(root.Remove(recordFile(id))))
}

// touch makes an empty file.
func touch(root *os.Root, name string) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}
