//go:build unix

package ipc

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// serveProfile takes the profile that f asks for and sends it, or why there is none.
// It does not wait for what this process is doing.
func serveProfile(f link.Frame, to *os.File) {
	defer to.Close()
	w := profileWriter{to}
	if err := takeProfile(f.Name, int(f.Call), time.Duration(f.Deadline), w, to); err != nil {
		_ = w.send(&link.Frame{Kind: link.KindError, Body: remote.Pack(context.Background(), err)})
		return
	}
	_ = w.send(&link.Frame{Kind: link.KindResult})
}

// takeProfile writes a profile to w. One that watches does so for d, or until enough
// ends.
func takeProfile(name string, debug int, d time.Duration, w io.Writer, enough io.Reader) error {
	switch name {
	case "cpu":
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	case "trace":
		if err := trace.Start(w); err != nil {
			return err
		}
		defer trace.Stop()
	default:
		p := pprof.Lookup(name)
		if p == nil {
			return fmt.Errorf("%w: %q is not among %s", ErrNoProfile, name, profileNames())
		}
		return p.WriteTo(w, debug)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = enough.Read(make([]byte, 1)) // until the pool closes its end, or this one is closed
	}()
	select {
	case <-over:
	case <-time.After(d):
	}
	return nil
}

func profileNames() string {
	names := []string{"cpu", "trace"}
	for _, p := range pprof.Profiles() {
		names = append(names, p.Name())
	}
	return strings.Join(names, ", ")
}

// A profileWriter sends what is written to it in results.
type profileWriter struct{ to io.Writer }

func (w profileWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		part := p[n:min(n+profilePart, len(p))]
		if err := w.send(&link.Frame{Kind: link.KindResult, Body: part}); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

func (w profileWriter) send(f *link.Frame) error {
	_, err := w.to.Write(f.Append(nil))
	return err
}
