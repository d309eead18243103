package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/wordcount/words"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		p := newProgress("loop", input{files: 10, bytes: 100e6}, console.NewWriter("wordcount", &w, true))
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
	})
}
