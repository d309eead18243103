// Package goroot finds files that every machine with these examples has.
package goroot

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Sources returns the folder of Go's own sources, or that of the module around the
// working directory if they are not installed. It asks the go command, and fails without
// one. When ctx ends the error is its cause.
func Sources(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOMOD").Output()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", fmt.Errorf("cannot find Go's sources: %w", err)
	}
	goroot, rest, _ := strings.Cut(string(out), "\n")
	src := filepath.Join(goroot, "src")
	if goroot != "" && isDir(src) {
		return src, nil
	}
	if gomod := strings.TrimSpace(rest); gomod != "" && gomod != os.DevNull {
		return filepath.Dir(gomod), nil
	}
	return "", fmt.Errorf("the sources of Go are not in %s, and no module is around the working directory", src)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
