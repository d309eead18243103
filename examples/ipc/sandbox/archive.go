//go:build linux

package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path/filepath"
)

// maxDepth is how deep archives may lie in one another.
const maxDepth = 8

// An archive counts what is in one, and in those within.
type archive struct {
	entries int
	bytes   int64
}

// add counts what is in r, which is so many archives deep.
func (a *archive) add(kind string, r io.Reader, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("archives lie more than %d deep", maxDepth)
	}
	switch kind {
	case "zip":
		return a.addZip(r, depth)
	case "tar":
		return a.addTar(r, depth)
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		return a.addEntry(z, depth)
	}
	return errUnknown
}

// addZip reads all of it into memory: a zip file is read from its end.
func (a *archive) addZip(r io.Reader, depth int) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("it would write to %q", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := a.addEntry(bytes.NewReader(data), depth); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) addTar(r io.Reader, depth int) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case !filepath.IsLocal(h.Name):
			return fmt.Errorf("it would write to %q", h.Name)
		}
		if err := a.addEntry(t, depth); err != nil {
			return err
		}
	}
}

// addEntry counts an entry, or what is in it if it is an archive in its turn.
func (a *archive) addEntry(r io.Reader, depth int) error {
	b := bufio.NewReader(r)
	head, err := b.Peek(512)
	if err != nil && err != io.EOF {
		return err
	}
	switch kind := sniff(head); kind {
	case "zip", "tar", "gzip":
		return a.add(kind, b, depth+1)
	}
	n, err := io.Copy(io.Discard, b)
	a.entries++
	a.bytes += n
	return err
}
