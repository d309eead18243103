// Package goroot finds files that every machine with these examples has.
package goroot

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Sources returns the folder of Go's own sources, or the module around the
// working directory where they are not installed.
func Sources(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOMOD").Output()
	goroot, rest, _ := strings.Cut(string(out), "\n")
	if src := filepath.Join(goroot, "src"); goroot != "" && isDir(src) {
		return src
	}
	if gomod := strings.TrimSpace(rest); gomod != "" && gomod != os.DevNull {
		return filepath.Dir(gomod)
	}
	return "."
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
