package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// hidden is the folder in a folder that has what is not a complete file. Its name is not
// clean, so that no client can name it.
const hidden = ".fanfold"

// sums is the folder of what is known of complete files, below hidden.
const sums = hidden + "/sums"

// local is the storage that Local returns. It opens the folder for each call, so that it
// holds nothing and needs no Close.
type local struct {
	dir string
	mu  sync.Mutex // held while a file and what is known of it change together
}

// Local returns a Storage that keeps its files in a folder, which it makes if it is not
// there. Each file of the folder is served that has a clean name and is regular, also one
// that got there in another way. What is not complete lies in its folder .fanfold, and in
// .fanfold/sums what is known of the files: their sums, types and original names, which
// count while size and modification time are the same.
//
// No call leaves the folder, follows a symbolic link in it, or blocks on a pipe or a device.
// One process at a time may write. A file is published by a hard link, and by a rename where
// it replaces another or the file system has no links. Nothing is synchronized to the disk:
// a file survives the end of the process, but not of the system while it writes.
//
// Local returns the error of making or opening the folder. A call costs some opens of files,
// and a List reads the names of the folder into memory.
func Local(dir string) (Storage, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(sums, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return &local{dir: dir}, nil
}

// errNoFile is the error for a name that can be of no file, and for what is not regular.
var errNoFile = fmt.Errorf("files: no such file: %w", fs.ErrNotExist)

// root opens the folder for one call. It checks what calls have in common.
func (l *local) root(ctx context.Context, name string) (*os.Root, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !isClean(name) {
		return nil, errNoFile
	}
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return root, nil
}

// failed returns an error of the system in the words of this package. It hides the path.
func failed(err error) error {
	if err == nil {
		return nil
	}
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return fmt.Errorf("files: %w", err)
}

// regular returns what a name is, without following a link, if it is a regular file.
func regular(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	return info, nil
}

// openRegular opens a regular file. If another thing takes its place meanwhile, opening
// that does not block, and it is not returned.
func openRegular(root *os.Root, name string, flag int) (*os.File, fs.FileInfo, error) {
	failed := error(errNoFile)
	for range 100 {
		before, err := regular(root, name)
		if err != nil {
			return nil, nil, err
		}
		f, err := root.OpenFile(name, flag|noBlock, 0)
		if err != nil {
			failed = err // a lack of rights, or it was a link for a moment, and one to outside
			continue
		}
		info, err := f.Stat()
		if err == nil && info.Mode().IsRegular() && os.SameFile(before, info) {
			return f, info, nil
		}
		f.Close()
		if err != nil {
			return nil, nil, err
		}
	} // it was replaced between the two: the next round has the new one
	return nil, nil, failed
}

func (l *local) Open(ctx context.Context, name string) (io.ReadSeekCloser, Info, error) {
	root, err := l.root(ctx, name)
	if err != nil {
		return nil, Info{}, err
	}
	defer root.Close()
	f, info, err := openRegular(root, name, os.O_RDONLY)
	if err != nil {
		return nil, Info{}, failed(err)
	}
	return f, known(root, name, info), nil
}

func (l *local) List(ctx context.Context, after string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		root, err := l.root(ctx, "x")
		if err != nil {
			yield(Info{}, err)
			return
		}
		defer root.Close()
		names, err := readNames(root, ".")
		if err != nil {
			yield(Info{}, failed(err))
			return
		}
		slices.Sort(names)
		first, found := slices.BinarySearch(names, after)
		if found {
			first++
		}
		for _, name := range names[first:] {
			if ctx.Err() != nil {
				yield(Info{}, context.Cause(ctx))
				return
			}
			if !isClean(name) {
				continue
			}
			info, err := regular(root, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				yield(Info{}, failed(err))
				return
			}
			if !yield(known(root, name, info), nil) {
				return
			}
		}
	}
}

// readNames returns the names in a folder.
func readNames(root *os.Root, name string) ([]string, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (l *local) Remove(ctx context.Context, name string) error {
	root, err := l.root(ctx, name)
	if err != nil {
		return err
	}
	defer root.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := regular(root, name); err != nil {
		return failed(err)
	}
	if err := root.Remove(name); err != nil {
		return failed(err)
	}
	forget(root, name)
	return nil
}

func (l *local) Publish(ctx context.Context, p Partial, i Info, replace bool) error {
	if !isID(p.ID) {
		return errNoFile
	}
	root, err := l.root(ctx, i.Name)
	if err != nil {
		return err
	}
	defer root.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	part := partFile(p.ID)
	info, err := regular(root, part)
	if errors.Is(err, fs.ErrNotExist) && p.Offset == 0 { // no byte has ever come
		if err = touch(root, part); err == nil {
			info, err = regular(root, part)
		}
	}
	if err != nil {
		return failed(err)
	}
	if info.Size() != p.Offset {
		return fmt.Errorf("files: an upload has %d bytes, not %d", info.Size(), p.Offset)
	}
	if err := l.publish(root, part, info, i.Name, replace); err != nil {
		return failed(err)
	}
	published, err := regular(root, i.Name)
	if err == nil {
		err = remember(root, p.ID, i, published)
	}
	if err != nil { // the file is there, and that counts
		forget(root, i.Name)
	}
	if p.Published != "" {
		if err := writeJSON(root, p.ID, recordFile(p.ID), p); err != nil {
			return failed(err)
		}
		return nil
	}
	return failed(removeAll(root, p.ID))
}

// publish makes part the file name. A link to it that was made before a crash counts.
func (l *local) publish(root *os.Root, part string, info fs.FileInfo, name string, replace bool) error {
	old, err := root.Lstat(name)
	switch {
	case err == nil && os.SameFile(old, info):
		return gone(root.Remove(part))
	case err == nil && (!replace || !old.Mode().IsRegular()):
		return fs.ErrExist
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	now := time.Now() // so that no two files of a name and a size have the same time
	if err := root.Chtimes(part, now, now); err != nil {
		return err
	}
	if !replace {
		err := root.Link(part, name)
		if err == nil {
			return gone(root.Remove(part))
		}
		if errors.Is(err, fs.ErrExist) {
			return fs.ErrExist
		}
		// A file system without links: nothing of this process comes between.
		if _, err := root.Lstat(name); err == nil {
			return fs.ErrExist
		}
	}
	return root.Rename(part, name)
}

// gone returns err, but nil for what is not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
