package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
)

// An input is the files to count.
type input struct {
	shards [][]string // the files' paths, in groups that one call counts
	files  int
	bytes  int64
}

// A file is a regular file that was found.
type file struct {
	path string
	size int64
}

// find returns the regular files below dirs, each once, and why others could
// not be found. When ctx ends it returns what it has.
func find(ctx context.Context, dirs []string) (files []file, errs []error) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		// One name for one file, however it was reached: and a link that the
		// user names is meant.
		root, err := filepath.Abs(dir)
		if err == nil {
			root, err = filepath.EvalSymlinks(root)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		empty := true
		filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return fs.SkipAll
			case err != nil:
				errs = append(errs, err)
				empty = false // as far as anyone can tell
				return nil
			case !entry.Type().IsRegular():
				return nil
			}
			empty = false
			if seen[path] {
				return nil
			}
			seen[path] = true
			info, err := entry.Info()
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			files = append(files, file{path, info.Size()})
			return nil
		})
		if empty && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("no regular files in %s", dir))
		}
	}
	return files, errs
}

// A shard is large enough to be worth a call to another process and the merge
// of its result, and there are many for each worker, so that all are busy until
// the end.
const (
	minShard        = 64 << 10
	maxShard        = 4 << 20
	shardsPerWorker = 32
)

// share groups files, in their order, into shards of about the same size.
func share(files []file, workers int) input {
	in := input{files: len(files)}
	for _, f := range files {
		in.bytes += f.size
	}
	limit := min(max(in.bytes/int64(workers*shardsPerWorker), minShard), maxShard)
	var shard []string
	var size int64
	for i, f := range files {
		shard = append(shard, f.path)
		size += f.size
		if size >= limit || i == len(files)-1 {
			in.shards = append(in.shards, shard)
			shard, size = nil, 0
		}
	}
	return in
}
