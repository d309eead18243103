package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// written are the paths below the folder of the benchmarks that the report writes
// itself, or that say what it found. They change nothing about what is measured.
var written = []string{"README.md", "results", "charts"}

// tree returns the commit of the repository that dir belongs to, and the files in
// which the tree differs from it, except those that the report writes.
func tree(ctx context.Context, dir string) (commit string, dirty []string, err error) {
	commit, err = git(ctx, dir, "rev-parse", "--short", "HEAD")
	if err != nil {
		return "", nil, err
	}
	args := []string{"status", "--porcelain", "--untracked-files=all", "--no-renames", "-z", "--", ":/"}
	for _, path := range written {
		args = append(args, ":(exclude)"+path)
	}
	status, err := git(ctx, dir, args...)
	if err != nil {
		return "", nil, err
	}
	for line := range strings.SplitSeq(status, "\x00") {
		if len(line) > 3 { // "XY name"
			dirty = append(dirty, line[3:])
		}
	}
	return strings.TrimSpace(commit), dirty, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}

// shown is how many files an error names.
const shown = 10

// A dirtyError refuses to keep results, because of these files.
type dirtyError []string

// Error names the files.
func (e dirtyError) Error() string {
	var b strings.Builder
	b.WriteString("results are kept of a commit only, and these files differ from it; commit them, or use -print, which keeps nothing:")
	for i, name := range e {
		if i == shown {
			fmt.Fprintf(&b, "\n\tand %d more", len(e)-shown)
			break
		}
		b.WriteString("\n\t" + name)
	}
	return b.String()
}
