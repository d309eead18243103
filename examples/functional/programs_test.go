package functional

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// The programs print what their Python counterparts do.
func TestPrograms(t *testing.T) {
	for name, want := range map[string]string{
		"map":    "[1 4 9 16 25]\n[5 7 9]\n",
		"reduce": "120\nHello world from reduce\n25\n",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			program := filepath.Join(t.TempDir(), name)
			if runtime.GOOS == "windows" {
				program += ".exe"
			}
			out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./"+name).CombinedOutput()
			require.NoError(t, err, "%s", out)

			var stdout, stderr bytes.Buffer
			cmd := exec.CommandContext(ctx, program)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			require.NoError(t, cmd.Run(), "%s", &stderr)
			require.Equal(t, want, stdout.String())
			require.Empty(t, stderr.String())
		})
	}
}
