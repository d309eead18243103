package files

import (
	"context"
	"errors"
	"io"
	"iter"
)

// ErrNoSpace is the error of a storage that has no room for more. A full disk and a quota
// of the system match it as well.
var ErrNoSpace = errors.New("files: no space left")

// A Storage keeps files, and uploads until they are files. [Local] and [Memory] make one;
// filestest.TestStorage tests one. All methods may be called by several goroutines at once,
// but Append, Publish and Abort by one at a time for an upload. They return
// context.Cause(ctx) when ctx has ended.
//
// A name that is not what [CleanName] returns for it is the name of no file. An error matches
// fs.ErrNotExist if a file or an upload is not there, and [ErrNoSpace] if there is no room.
type Storage interface {
	// Open opens a file for reading. The file goes on to be what it was when it was
	// opened, also when it is replaced or removed.
	Open(ctx context.Context, name string) (io.ReadSeekCloser, Info, error)
	// List returns the files whose names are greater than after, in the order of their
	// names by bytes. An error ends it.
	List(ctx context.Context, after string) iter.Seq2[Info, error]
	// Remove removes a file.
	Remove(ctx context.Context, name string) error

	// Save makes or changes the record of an upload. Its bytes stay as they are.
	Save(ctx context.Context, p Partial) error
	// Load returns the record, with the Offset that has really arrived.
	Load(ctx context.Context, id string) (Partial, error)
	// Partials returns all records, in no order, and what is left of lost ones.
	Partials(ctx context.Context) iter.Seq2[Partial, error]
	// Append stores bytes of an upload that has a record, from p.Offset on, until r ends.
	// What the upload had beyond that is dropped first. It returns the number of new
	// bytes, which stay also when it returns an error.
	Append(ctx context.Context, p Partial, r io.Reader) (int64, error)
	// ReadPartial returns the bytes of an upload from an offset on. A storage that cannot
	// read them returns errors.ErrUnsupported. Files that went on after a crash then have
	// no sum.
	ReadPartial(ctx context.Context, id string, from int64) (io.ReadCloser, error)
	// Publish makes an upload the file i.Name, all at once, with p.Offset bytes. If there
	// is such a file and replace is false, it returns an error that matches fs.ErrExist,
	// and the upload stays; if several calls race, one of them succeeds. A call that is
	// repeated after a crash succeeds. Afterwards the upload is gone, or if p.Published is
	// set, its record stays. The fields Original, Type and SHA256 of i are remembered.
	Publish(ctx context.Context, p Partial, i Info, replace bool) error
	// Abort removes an upload. It returns nil if there is none.
	Abort(ctx context.Context, id string) error
}
