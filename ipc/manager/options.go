package manager

import (
	"github.com/fanfold/fanfold/internal/optional"
	"io"
)

// Options are the choices of a Manager. The zero value of each field is its default.
type Options struct {
	// Addr is the path of the server's socket. Start makes it, and only this user may
	// connect to it. "" means a new path, in a folder of its own.
	Addr string

	// AuthKey is the secret that both sides prove to know. Dial needs the one of the
	// server. For Start, empty means a new one.
	AuthKey []byte

	// Here says that Start serves in this process, and not in one of its own.
	Here bool

	// Restore, if not nil, is what [Manager.Snapshot] has written. Start reads it to its
	// end, and makes the objects of it. Those without a name are gone after a minute. What
	// is not the whole of a snapshot is an error matching [ErrSnapshot].
	Restore io.Reader

	// AllowMD5 accepts a proof by HMAC-MD5 as well, the only one that Python had before
	// version 3.12.
	AllowMD5 bool
}

// ObjectOptions are the choices of an object.
type ObjectOptions struct {
	// Name says that the object is made once, and found by this name afterwards: what the
	// constructor is given for it is then not used. It is an error matching [ErrType] if
	// the one of that name has another type. "" means a new object.
	Name string
}

func nameOf(function string, options []ObjectOptions) string {
	return optional.One("manager", function, options).Name
}
