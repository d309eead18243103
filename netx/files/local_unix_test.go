//go:build unix

package files

import (
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLocalPipe(t *testing.T) {
	s, dir := folder(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	_, _, err := s.Open(t.Context(), "pipe") // returns at once
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorIs(t, s.Remove(t.Context(), "pipe"), fs.ErrNotExist)
	p := Partial{ID: "id", Name: "a"}
	assert.NoError(t, s.Save(t.Context(), p))
	assert.NoError(t, syscall.Mkfifo(filepath.Join(dir, hidden, "id.part"), 0o600))
	_, err = s.Append(t.Context(), p, nil)
	assert.ErrorIs(t, err, fs.ErrExist)
	assert.NoError(t, s.Abort(t.Context(), "id"))
}

func TestIsFull(t *testing.T) {
	err := failed(&fs.PathError{Op: "write", Path: "/secret/path", Err: syscall.ENOSPC})
	assert.ErrorIs(t, err, ErrNoSpace)
	assert.NotContains(t, failed(&fs.PathError{Op: "write", Path: "/secret/path", Err: syscall.EIO}).Error(), "secret")
}
