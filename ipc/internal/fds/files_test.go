package fds

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/wire"
)

// Codecs know open files, also before any of them is open.
func TestFilesTravel(t *testing.T) {
	c, err := wire.OfFiles[[]*os.File]()
	require.NoError(t, err)
	require.True(t, c.Files())
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	var files []*os.File
	data, err := c.AppendOn(nil, []*os.File{f, nil}, wire.Terms{Files: &files})
	require.NoError(t, err)
	got, err := c.DecodeFiles(data, &files)
	require.NoError(t, err)
	require.Equal(t, []*os.File{f, nil}, got)

	f.Close()
	files = nil
	_, err = c.AppendOn(nil, []*os.File{f}, wire.Terms{Files: &files})
	require.ErrorIs(t, err, os.ErrClosed)
}
