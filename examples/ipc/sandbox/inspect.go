//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"

	"github.com/fanfold/fanfold/examples/internal/regular"
	"github.com/fanfold/fanfold/ipc"
)

// A subject is a file and what it claims to be.
type subject struct{ Path, Kind string }

// inspect looks into a file, as carelessly as most programs do: it believes what it
// reads and has no bounds of its own, but one for archives within archives.
var inspect = ipc.Func("sandbox: inspect", func(_ context.Context, s subject) (string, error) {
	f, err := regular.Open(s.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	switch s.Kind {
	case "png":
		return size(png.Decode(f))
	case "jpeg":
		return size(jpeg.Decode(f))
	case "gif":
		g, err := gif.DecodeAll(f)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d x %d, %d frames", g.Config.Width, g.Config.Height, len(g.Image)), nil
	}
	var a archive
	if err := a.add(s.Kind, f, 1); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries, %d bytes", a.entries, a.bytes), nil
})

func size(img image.Image, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d x %d", img.Bounds().Dx(), img.Bounds().Dy()), nil
}

// sniff returns the kind of file that begins so, "" for none that is known here.
func sniff(head []byte) string {
	for _, magic := range []struct{ at, text, kind string }{
		{"", "\x89PNG\r\n\x1a\n", "png"},
		{"", "\xff\xd8\xff", "jpeg"},
		{"", "GIF8", "gif"},
		{"", "PK\x03\x04", "zip"},
		{"", "\x1f\x8b", "gzip"},
		{strings.Repeat(" ", 257), "ustar", "tar"},
	} {
		if at := len(magic.at); len(head) >= at && strings.HasPrefix(string(head[at:]), magic.text) {
			return magic.kind
		}
	}
	return ""
}

var errUnknown = errors.New("it is nothing that is known here")
