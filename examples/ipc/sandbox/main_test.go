//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// A name is a cell of the table, whatever is in it: a stranger chose it. So are the words of
// a decoder.
func TestTableOfHostileNames(t *testing.T) {
	var out strings.Builder
	files := []string{"/d/good.png", "/d/x\nfake.png  png  ok: 1 x 1", "/d/a\tb", "/d/\x1b[2J", "/d/\xff"}
	verdicts := []verdict{{"png", "ok: 1 x 1"}, {"", "refused: no\nthing"}, {"", "refused"}, {"", "refused"}, {"zip", `refused: it would write to "x"`}}
	require.NoError(t, write(&out, files, verdicts))
	require.Equal(t, `FILE                           KIND  VERDICT
good.png                       png   ok: 1 x 1
"x\nfake.png  png  ok: 1 x 1"        refused: no\nthing
"a\tb"                               refused
"\x1b[2J"                            refused
"\xff"                         zip   refused: it would write to "x"
`, out.String())
}

// An interrupt finds the program making files, too.
func TestHostileFilesUntilContextEnds(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	folder := t.TempDir()
	require.ErrorIs(t, makeHostile(ctx, folder), cause)
	made, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, made)
}

// A file whose folder is closed, or that is none, is refused, in words without its path.
func TestVerdictOnWhatCannotBeOpened(t *testing.T) {
	folder := t.TempDir()
	for path, want := range map[string]string{
		folder:                         "refused: not a regular file but a folder",
		filepath.Join(folder, "gone"):  "refused: no such file or directory",
		filepath.Join(folder, "a\x00"): "refused: invalid argument",
	} {
		v, err := judge(nil, time.Minute)(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, verdict{"", want}, v)
	}
}
