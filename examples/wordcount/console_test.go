package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/stretchr/testify/require"
)

func TestConsole(t *testing.T) {
	steps := func(c *console) {
		c.printf("%d files", 3)
		c.show("12%")
		c.show("9%")
		c.print("a\nb\n")
		c.show("")
		c.show("")
		c.printf("done")
	}
	var w strings.Builder
	steps(&console{w: &w, terminal: true})
	require.Equal(t, "wordcount: 3 files\n"+"12%"+"\r   \r9%"+"\r  \ra\nb\n9%"+"\r  \r"+"wordcount: done\n", w.String())
	w.Reset()
	steps(&console{w: &w})
	require.Equal(t, "wordcount: 3 files\na\nb\nwordcount: done\n", w.String())
}

func TestConsoleOfFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer f.Close()
	require.False(t, newConsole(f).terminal)
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		c := &console{w: &w, terminal: true}
		p := newProgress("loop", input{files: 10, bytes: 100e6}, c)
		count := p.watch(func(_ context.Context, shard []string) (words.Totals, error) {
			time.Sleep(time.Second)
			if len(shard) == 0 {
				return words.Totals{}, errors.New("failed")
			}
			return words.Totals{Files: len(shard) - 1, Bytes: 20e6, Unread: []string{"x"}}, nil
		})
		require.Equal(t, "loop: 0 of 10 files", p.line(0))
		count(t.Context(), []string{"a", "b"})
		require.Equal(t, "loop: 2 of 10 files, 20 MB/s, 4s left", p.line(time.Second))
		count(t.Context(), nil)
		require.Equal(t, "loop: 2 of 10 files, 10 MB/s, 8s left", p.line(2*time.Second))
		for range 5 {
			count(t.Context(), []string{"c"})
		}
		require.Equal(t, "loop: 7 of 10 files, 120 MB/s, 0s left", p.line(time.Second), "files that grow")
		p.stop()
		require.Contains(t, w.String(), "loop: 2 of 10 files, 18 MB/s, 4s left")
		require.True(t, strings.HasSuffix(w.String(), " \r"), "%q", w.String())
		require.Empty(t, c.status)
	})
}

func TestProgressWithoutTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		p := newProgress("loop", input{}, &console{w: &w})
		time.Sleep(time.Second)
		p.stop()
		require.Empty(t, w.String())
	})
}
