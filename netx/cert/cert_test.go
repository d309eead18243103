package cert_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/netx/cert"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// files are the files of a pair.
type files struct{ cert, key string }

func newFiles(t *testing.T) files {
	t.Helper()
	dir := t.TempDir()
	return files{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// write writes a new certificate for a host, and returns it.
func (f files) write(t *testing.T, host string) []byte {
	t.Helper()
	c, _, err := cert.SelfSigned(host)
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	return c.Certificate[0]
}

// serves returns the certificate that a pair has.
func serves(t *testing.T, p *cert.Pair) []byte {
	t.Helper()
	c, err := p.GetCertificate(nil)
	require.NoError(t, err)
	client, err := p.GetClientCertificate(nil)
	require.NoError(t, err)
	require.Equal(t, c.Certificate[0], client.Certificate[0])
	return c.Certificate[0]
}

func TestLoad(t *testing.T) {
	f := newFiles(t)
	first := f.write(t, "a")
	synctest.Test(t, func(t *testing.T) {
		var errs []error
		p, err := cert.Load(f.cert, f.key, cert.Options{OnError: func(err error) { errs = append(errs, err) }})
		require.NoError(t, err)
		assert.Equal(t, first, serves(t, p))

		second := f.write(t, "b")
		assert.Equal(t, first, serves(t, p), "within the second the files are not looked at")
		time.Sleep(time.Second)
		assert.Equal(t, second, serves(t, p))

		f.write(t, "b")
		assert.Equal(t, second, serves(t, p), "a second counts from the last look")
		time.Sleep(time.Second)
		second = serves(t, p)

		old, err := os.ReadFile(f.key)
		require.NoError(t, err)
		third := f.write(t, "c")
		renewed, err := os.ReadFile(f.key)
		require.NoError(t, err)
		for name, break_ := range map[string]func() error{
			"a key of another certificate": func() error { return os.WriteFile(f.key, old, 0o600) },
			"half a file":                  func() error { return os.WriteFile(f.key, renewed[:50], 0o600) },
			"no file":                      func() error { return os.Remove(f.key) },
		} {
			require.NoError(t, break_(), name)
			for range 3 {
				time.Sleep(time.Second)
				assert.Equal(t, second, serves(t, p), "%s leaves the old pair in use", name)
			}
			assert.Len(t, errs, 1, "%s is told once", name)
			errs = nil
		}
		require.NoError(t, os.WriteFile(f.key, renewed, 0o600))
		time.Sleep(time.Second)
		assert.Equal(t, third, serves(t, p))
		assert.Empty(t, errs)
	})
}

func TestLoadErrors(t *testing.T) {
	f := newFiles(t)
	_, err := cert.Load(f.cert, f.key)
	assert.ErrorIs(t, err, os.ErrNotExist)
	f.write(t, "a")
	require.NoError(t, os.WriteFile(f.key, []byte("no key"), 0o600))
	_, err = cert.Load(f.cert, f.key)
	assert.ErrorContains(t, err, f.key)
}

// All handshakes at a time have one look.
func TestOneLook(t *testing.T) {
	f := newFiles(t)
	f.write(t, "a")
	var told atomic.Int32
	p, err := cert.Load(f.cert, f.key, cert.Options{Check: -1, OnError: func(error) {
		told.Add(1)
		time.Sleep(50 * time.Millisecond) // so that the others come meanwhile
	}})
	require.NoError(t, err)
	first := serves(t, p)
	require.NoError(t, os.Remove(f.key))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			c, err := p.GetCertificate(nil)
			assert.NoError(t, err)
			assert.Equal(t, first, c.Certificate[0])
		})
	}
	wg.Wait()
	assert.Equal(t, int32(1), told.Load())
}

func TestSelfSigned(t *testing.T) {
	c, pool, err := cert.SelfSigned("localhost", "127.0.0.1", "::1")
	require.NoError(t, err)
	left := time.Until(c.Leaf.NotAfter)
	assert.InDelta(t, 24*time.Hour, left, float64(time.Minute))
	for host, ok := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "example.com": false, "10.0.0.1": false} {
		_, err := c.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: host})
		assert.Equal(t, ok, err == nil, "%s: %v", host, err)
	}
	_, _, err = cert.SelfSigned()
	assert.Error(t, err)
	_, _, err = cert.SelfSigned("")
	assert.Error(t, err)
}

func ExamplePair() {
	_, err := cert.Load("missing.crt", "missing.key")
	fmt.Println(errors.Is(err, os.ErrNotExist))

	certificate, roots, err := cert.SelfSigned("localhost")
	if err != nil {
		fmt.Println(err)
		return
	}
	near, far := net.Pipe()
	go func() {
		// A program that has files writes GetCertificate: pair.GetCertificate.
		server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}})
		fmt.Fprint(server, "secret")
		server.Close()
	}()
	client := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	got := make([]byte, 6)
	_, err = client.Read(got)
	fmt.Println(string(got), err)
	near.Close()
	// Output:
	// true
	// secret <nil>
}
