package cert

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options are the options of [Load]. Zero values are the defaults.
type Options struct {
	// Check is how long the files are not looked at again after a look. Zero means 1 s,
	// and negative means that each handshake looks.
	Check time.Duration
	// OnError is called when files that have changed cannot be used, once for each change,
	// by the goroutine of a handshake. nil means that slog.Default gets the error.
	OnError func(error)
}

// A Pair is a certificate and its key, in files. [Load] makes it. Any number of goroutines
// may call its methods, which are for the fields of a tls.Config.
type Pair struct {
	certFile, keyFile string
	options           Options
	base              time.Time // times are since then, by the monotonic clock

	current atomic.Pointer[tls.Certificate]
	next    atomic.Int64 // when the files may be looked at again
	look    singleflight.Group

	mu        sync.Mutex
	cert, key []byte // the files when they were last looked at; guarded by mu
	failed    string // the error of the last look; likewise
}

// Load reads a certificate with its chain, and its key, from files in PEM. It returns an
// error if they cannot be read or do not belong together. Later the files are looked at in
// a handshake, at most once in the time of Check, and by one goroutine, whose result all
// use that come at the same time. New files are used from then on. Files that cannot be
// used leave the old pair in place: the two files may have been written one after the other
// just now. OnError is told of them, and the next look tries again.
//
// A look reads both files, which is some 20 µs, so that a change that keeps a file's time
// and size is seen as well.
func Load(certFile, keyFile string, options ...Options) (*Pair, error) {
	o := optional.One("cert", "Load", options)
	if o.Check == 0 {
		o.Check = time.Second
	}
	if o.OnError == nil {
		o.OnError = func(err error) { slog.Default().Error("cert: the certificate was not renewed", "error", err) }
	}
	p := &Pair{certFile: certFile, keyFile: keyFile, options: o, base: time.Now()}
	if err := p.read(); err != nil {
		return nil, err
	}
	p.next.Store(int64(max(o.Check, 0)))
	return p, nil
}

// GetCertificate returns the newest certificate, for tls.Config.GetCertificate. It never
// returns an error.
func (p *Pair) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return p.newest(), nil
}

// GetClientCertificate returns the newest certificate, for
// tls.Config.GetClientCertificate. It never returns an error.
func (p *Pair) GetClientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return p.newest(), nil
}

// newest returns the newest certificate.
func (p *Pair) newest() *tls.Certificate {
	if int64(time.Since(p.base)) >= p.next.Load() {
		p.look.Do("", func() (any, error) {
			now := int64(time.Since(p.base))
			if now < p.next.Load() { // another one has looked between the two lines above
				return nil, nil
			}
			// What panics, such as OnError, must not make all handshakes look again.
			p.next.Store(now + int64(max(p.options.Check, 0)))
			if err := p.read(); err != nil {
				p.options.OnError(err)
			}
			return nil, nil
		})
	}
	return p.current.Load()
}

// read reads the files, if they have changed. It returns an error once.
func (p *Pair) read() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cert, err := os.ReadFile(p.certFile)
	var key []byte
	if err == nil {
		key, err = os.ReadFile(p.keyFile)
	}
	if err == nil {
		if bytes.Equal(cert, p.cert) && bytes.Equal(key, p.key) {
			return nil
		}
		var pair tls.Certificate
		if pair, err = tls.X509KeyPair(cert, key); err == nil {
			p.current.Store(&pair)
			p.cert, p.key, p.failed = cert, key, ""
			return nil
		}
	}
	err = fmt.Errorf("cert: %s and %s: %w", p.certFile, p.keyFile, err)
	if err.Error() == p.failed {
		return nil // it was told
	}
	p.failed = err.Error()
	return err
}
