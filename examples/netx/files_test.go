//go:build unix && !aix

package netx

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// transfers are the programs that move files.
func transfers(t *testing.T) []programs.Program {
	dir := t.TempDir()
	return []programs.Program{
		{Name: "fileserver", Args: "-dir " + dir, Serve: keeps(dir), Order: func(string) any { return nil }},
	}
}

// keeps talks to a server of files.
func keeps(dir string) func(t *testing.T, addr string) {
	return func(t *testing.T, addr string) {
		t.Run("the Python clients", func(t *testing.T) {
			if !havePython(t, "requests") {
				t.SkipNow()
			}
			work := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(work, "example.txt"), []byte("hello"), 0o600))
			for program, want := range map[string]string{"upload.py": "200\nFile uploaded successfully\n", "download.py": ""} {
				if program == "download.py" {
					resp, err := http.Post("http://"+addr+"/upload", "multipart/form-data; boundary=b", strings.NewReader(
						"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"example.txt\"\r\n\r\nhello\r\n--b--\r\n"))
					require.NoError(t, err)
					resp.Body.Close()
				}
				cmd := pythonCommand(t, program, "5000", addr)
				cmd.Dir = work
				out, err := cmd.Output()
				require.NoError(t, err, "%s", out)
				assert.Equal(t, want, string(out))
			}
			text, err := os.ReadFile(filepath.Join(work, "downloaded_example.txt"))
			require.NoError(t, err)
			assert.Equal(t, "hello", string(text))
		})
		resp, err := http.Get("http://" + addr)
		require.NoError(t, err)
		page, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Contains(t, string(page), "<title>Upload a file</title>")
		assert.Contains(t, string(page), "multipart/form-data")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.NotEmpty(t, entries)
	}
}
