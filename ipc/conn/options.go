package conn

import (
	"fmt"
	"math"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options are the choices of a [Connection] or a [Listener]. The zero value of each is
// its default.
type Options struct {
	// MaxMessage bounds a message in bytes, sent or received; 0 means 256 MiB.
	MaxMessage int

	// AuthKey, if not empty, is a secret. Both ends of a connection made by [Dial] and
	// [Listener.Accept] prove to have it before a message travels, by HMAC-SHA256 of a
	// random challenge. It does not encrypt what travels.
	AuthKey []byte

	// AuthTimeout bounds the proof; 0 means 10 s.
	AuthTimeout time.Duration

	// AllowMD5 accepts a proof by HMAC-MD5 as well, the only one that Python had
	// before version 3.12.
	AllowMD5 bool
}

const (
	defaultMaxMessage  = 256 << 20
	defaultAuthTimeout = 10 * time.Second
)

// optionsOf returns the only element of options with its defaults set. It panics if
// there is more than one, or a value is negative.
func optionsOf(caller string, options []Options) Options {
	o := optional.One("conn", caller, options)
	if o.MaxMessage < 0 || o.AuthTimeout < 0 {
		panic(fmt.Sprintf("conn: %s: MaxMessage is %d and AuthTimeout %v, want 0 (the default) or more", caller, o.MaxMessage, o.AuthTimeout))
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = min(defaultMaxMessage, math.MaxInt32)
	}
	if o.AuthTimeout == 0 {
		o.AuthTimeout = defaultAuthTimeout
	}
	return o
}
