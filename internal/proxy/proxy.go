// Package proxy writes module proxies: folders that the go command takes modules from, as
// go.dev/ref/mod#goproxy-protocol says.
package proxy

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// A Proxy is a folder.
type Proxy string

// URL returns what GOPROXY is set to.
func (p Proxy) URL() string {
	dir := filepath.ToSlash(string(p))
	if !strings.HasPrefix(dir, "/") { // C:/…
		dir = "/" + dir
	}
	return "file://" + dir
}

// A Module is one version of a module.
type Module struct {
	Path, Version string
	Folder        string // with its files
	Mod           []byte // its go.mod; nil means the one in the folder
}

// Publish adds a version. Its modules below, and files and folders whose names begin with a
// dot, are no part of it.
func (p Proxy) Publish(m Module) error {
	if m.Mod == nil {
		var err error
		if m.Mod, err = os.ReadFile(filepath.Join(m.Folder, "go.mod")); err != nil {
			return err
		}
	}
	dir := filepath.Join(string(p), filepath.FromSlash(Escaped(m.Path)), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": m.Version, "Time": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, m.Version+".mod"), m.Mod, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, m.Version+".info"), info, 0o644); err != nil {
		return err
	}
	if err := m.zip(filepath.Join(dir, m.Version+".zip")); err != nil {
		return err
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer list.Close()
	_, err = fmt.Fprintln(list, m.Version)
	return err
}

// zip writes the module's files, not compressed.
func (m Module) zip(name string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if failed := f.Close(); err == nil {
			err = failed
		}
	}()
	w := zip.NewWriter(f)
	add := func(name string, r io.Reader) error {
		out, err := w.CreateHeader(&zip.FileHeader{Name: m.Path + "@" + m.Version + "/" + name})
		if err != nil {
			return err
		}
		_, err = io.Copy(out, r)
		return err
	}
	err = filepath.WalkDir(m.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == m.Folder {
			return err
		}
		_, nested := os.Stat(filepath.Join(path, "go.mod"))
		switch hidden := strings.HasPrefix(d.Name(), "."); {
		case d.IsDir() && (hidden || nested == nil):
			return fs.SkipDir
		case d.IsDir(), hidden, !d.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(m.Folder, path)
		if err != nil || rel == "go.mod" {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		return add(filepath.ToSlash(rel), in)
	})
	if err != nil {
		return err
	}
	if err := add("go.mod", strings.NewReader(string(m.Mod))); err != nil {
		return err
	}
	return w.Close()
}

// Escaped returns the path of a module as it stands in the names of files: !x for X.
func Escaped(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
