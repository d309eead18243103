package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	dir := tree(t, "a", "1", "sub/b", "22", "sub/c", "333", "other/d", "4444")
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	in := func(name string) string { return filepath.Join(dir, name) }
	for link, target := range map[string]string{"a-link": "a", "sub/up": "..", "sub/lost": "nowhere", "to-sub": "sub"} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Skip(err)
		}
	}
	t.Chdir(in("sub"))
	a, b, c, d := file{in("a"), 1}, file{in("sub/b"), 2}, file{in("sub/c"), 3}, file{in("other/d"), 4}
	cases := []struct {
		name string
		dirs []string
		want []file
	}{
		{"all", []string{dir}, []file{a, d, b, c}},
		{"one folder", []string{in("sub")}, []file{b, c}},
		{"relative", []string{"."}, []file{b, c}},
		{"two folders", []string{in("sub"), in("other")}, []file{b, c, d}},
		{"twice", []string{in("sub"), "."}, []file{b, c}},
		{"inside first", []string{in("sub"), dir}, []file{b, c, a, d}},
		{"inside last", []string{dir, in("sub"), in("a")}, []file{a, d, b, c}},
		{"a file", []string{"b"}, []file{b}},
		{"a link to a folder", []string{in("to-sub")}, []file{b, c}},
		{"a link to a file", []string{in("a-link")}, []file{a}},
		{"a folder and a link to it", []string{in("to-sub"), in("sub")}, []file{b, c}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files, errs := find(t.Context(), c.dirs)
			require.Empty(t, errs)
			require.Equal(t, c.want, files)
		})
	}
	t.Run("a lost link", func(t *testing.T) {
		files, errs := find(t.Context(), []string{"lost", "."})
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], os.ErrNotExist)
		require.Equal(t, []file{b, c}, files)
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		files, errs := find(ctx, []string{dir})
		require.Empty(t, files)
		require.Empty(t, errs)
	})
}

func TestShare(t *testing.T) {
	files := func(sizes ...int64) (fs []file) {
		for i, size := range sizes {
			fs = append(fs, file{fmt.Sprint(i), size})
		}
		return fs
	}
	same := func(n int, size int64) []file {
		sizes := make([]int64, n)
		for i := range sizes {
			sizes[i] = size
		}
		return files(sizes...)
	}
	cases := []struct {
		name    string
		files   []file
		workers int
		shards  int
	}{
		{"one", files(5), 8, 1},
		{"empty files", same(1000, 0), 8, 1},
		{"small files", same(1000, 1<<10), 8, 16},
		{"one large", files(1, 1<<30, 1, 1), 2, 2},
		{"each large", same(10, 1<<30), 2, 10},
		{"by worker", same(6400, 32<<10), 2, 64},
		{"by more workers", same(6400, 32<<10), 4, 128},
		{"at most so large", same(6400, 1<<20), 1, 1600},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := share(c.files, c.workers)
			require.Len(t, in.shards, c.shards)
			require.Equal(t, len(c.files), in.files)
			next, bytes := 0, int64(0)
			for _, shard := range in.shards {
				require.NotEmpty(t, shard)
				for _, path := range shard {
					require.Equal(t, c.files[next].path, path)
					bytes += c.files[next].size
					next++
				}
			}
			require.Equal(t, len(c.files), next)
			require.Equal(t, bytes, in.bytes)
		})
	}
}
