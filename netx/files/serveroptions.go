package files

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// ServerOptions are the options of [NewServer]. Zero values are the defaults.
type ServerOptions struct {
	// MaxFile is the largest size of a file in bytes, and MaxTotal that of all files and
	// uploads together. Zero means 1 GiB and 10 GiB, and -1 means no bound. What an upload
	// announces counts from its beginning.
	MaxFile, MaxTotal int64
	// MaxFiles is the largest number of files and uploads. Zero means 10,000, and -1 means
	// no bound.
	MaxFiles int

	// Types are the media types that may be uploaded, such as image/png, and such as
	// image/* for all of a kind but SVG, which holds programs and has to be named. The
	// first 3 KiB of a file tell its type. nil means any type.
	Types []string
	// Inline are the types, written like Types, that browsers may show. Others are saved
	// as files. nil means none.
	Inline []string
	// Origins are other sites whose pages may use the server, such as
	// https://example.com. They may send cookies.
	Origins []string

	Names    NamePolicy     // how an upload gets its name; Cleaned
	Existing ExistingPolicy // what becomes of an upload whose name is taken; Refuse

	// Access decides whether a request may do something. name is that of a file, or empty.
	// An error refuses the request: with 401 if it matches [ErrUnauthorized], so that a
	// browser asks for a password, and with 403 otherwise. Several goroutines may call it.
	// nil means that all may do everything but [OpRemove].
	Access func(r *http.Request, op Op, name string) error

	// Expire is how long an upload that has not ended is kept after its last byte. Zero
	// means 24 h.
	Expire time.Duration
	// Stall is how long a client may send or take nothing. Zero means 30 s, and negative
	// means forever.
	Stall time.Duration
	// MinRate is how many bytes per second a client has to send or take, over the time of
	// Stall. Zero means 1 KiB, and -1 means any rate.
	MinRate int64

	// NoSum leaves the SHA-256 out. Uploads are faster, and files in a folder have no
	// strong ETag.
	NoSum bool
	// OnUpload is called after each upload, when its file is there and before the client
	// gets its answer. nil means nothing.
	OnUpload func(context.Context, Info)
	// Title is the title of the page. Empty means "Files".
	Title string
}

// An Op names what a request wants to do.
type Op uint8

// The operations that Access decides about.
const (
	OpList   Op = iota // the page, and the list of the files
	OpRead             // a file
	OpWrite            // an upload
	OpRemove           // the removal of a file
)

// String returns a word for the operation.
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return fmt.Sprintf("Op(%d)", uint8(op))
}

var opNames = [...]string{"list", "read", "write", "remove"}

// Errors that Access returns.
var (
	ErrUnauthorized = errors.New("files: not without a password")
	ErrForbidden    = errors.New("files: not allowed")
)

// A NamePolicy says how an upload gets its name.
type NamePolicy uint8

// The policies for names.
const (
	Cleaned   NamePolicy = iota // the client's name, cleaned by CleanName
	Generated                   // a random one, with the extension of the client's name
)

// An ExistingPolicy says what becomes of an upload whose name is taken.
type ExistingPolicy uint8

// The policies for names that are taken.
const (
	Refuse  ExistingPolicy = iota // 409 Conflict, and the file stays as it is
	Replace                       // the new file takes the place of the old one at once
	Number                        // the new file is called "name (2).ext", or with the next number
)

// serverOptions returns the options with their defaults.
func serverOptions(options []ServerOptions) ServerOptions {
	o := optional.One("files", "NewServer", options)
	if o.MaxFile < -1 || o.MaxTotal < -1 || o.MaxFiles < -1 || o.MinRate < -1 || o.Expire < 0 || o.Names > Generated || o.Existing > Number {
		panic(fmt.Sprintf("files: NewServer with MaxFile %d, MaxTotal %d, MaxFiles %d, MinRate %d, Expire %v, Names %d, Existing %d",
			o.MaxFile, o.MaxTotal, o.MaxFiles, o.MinRate, o.Expire, o.Names, o.Existing))
	}
	o.MaxFile = orDefault(o.MaxFile, 1<<30)
	o.MaxTotal = orDefault(o.MaxTotal, 10<<30)
	o.MaxFiles = orDefault(o.MaxFiles, 10_000)
	o.Expire = orDefault(o.Expire, 24*time.Hour)
	o.Stall = max(orDefault(o.Stall, 30*time.Second), 0)
	o.MinRate = max(orDefault(o.MinRate, 1<<10), 0)
	o.Title = orDefault(o.Title, "Files")
	if o.Access == nil {
		o.Access = func(_ *http.Request, op Op, _ string) error {
			if op == OpRemove {
				return ErrForbidden
			}
			return nil
		}
	}
	return o
}

// orDefault returns v, or def for zero.
func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
