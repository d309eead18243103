// Tls serves HTTPS, and renews its certificate while it does: it writes new files, as a
// program such as certbot would, and the next connection gets the new certificate. A client
// that is connected already is not interrupted.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/cert"
	"github.com/fanfold/fanfold/netx/httpx"
)

func main() {
	flags.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "tls")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	certFile, keyFile := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	first, err := renew(certFile, keyFile)
	if err != nil {
		return err
	}
	const check = 10 * time.Millisecond
	pair, err := cert.Load(certFile, keyFile, cert.Options{Check: check})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		serving, stop := context.WithCancel(ctx)
		defer stop() // the server drains
		g.Go(func(context.Context) error {
			hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello over "+r.Proto) })
			return httpx.Serve(serving, listener, hello, httpx.ServeOptions{TLS: &tls.Config{GetCertificate: pair.GetCertificate}})
		})

		base := "https://" + listener.Addr().String()
		old := session(base, first)
		defer old.Close()
		if err := show(ctx, "the first certificate", old); err != nil {
			return err
		}
		second, err := renew(certFile, keyFile)
		if err != nil {
			return err
		}
		if err := concurrent.Sleep(ctx, 2*check); err != nil {
			return err
		}
		fresh := session(base, second)
		defer fresh.Close()
		if err := show(ctx, "the second certificate", fresh); err != nil {
			return err
		}
		return show(ctx, "the connection before", old)
	})
}

// renew writes a certificate and its key, and returns who trusts it.
func renew(certFile, keyFile string) (*x509.CertPool, error) {
	c, roots, err := cert.SelfSigned("localhost", "127.0.0.1", "::1")
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600); err != nil {
		return nil, err
	}
	return roots, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)
}

// A client trusts some certificates.
type client struct {
	*httpx.Session
	transport *http.Transport
}

func (c client) Close() {
	c.Session.Close()
	c.transport.CloseIdleConnections()
}

// session returns a client that trusts roots alone.
func session(base string, roots *x509.CertPool) client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	s, err := httpx.NewSession(httpx.SessionOptions{Base: base, Transport: transport})
	if err != nil {
		log.Fatal(err) // the address is one
	}
	return client{s, transport}
}

// show asks the server and prints the answer.
func show(ctx context.Context, what string, c client) error {
	text, err := httpx.Text(c.Get(ctx, "/"))
	if err != nil {
		return err
	}
	stdout.Println(what+":", stdout.Line(text))
	return nil
}
