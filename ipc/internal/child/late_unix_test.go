//go:build unix

package child

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// What a child has written before its end is read however late the goroutine that reads
// comes to the processor, although a stranger keeps the pipe open; and no more than that,
// although the stranger goes on writing.
func TestWordsAfterTheDeadline(t *testing.T) {
	for _, stranger := range []bool{false, true} {
		for name, reader := range map[string]func(*os.File) (io.Reader, error){
			"words":  func(f *os.File) (io.Reader, error) { return newWords(f) },
			"output": func(f *os.File) (io.Reader, error) { return fds.LateReader(f), nil },
		} {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			t.Cleanup(func() { r.Close(); w.Close() })
			_, err = w.WriteString("in time")
			require.NoError(t, err)
			require.NoError(t, r.SetReadDeadline(time.Unix(1, 0)))
			from, err := reader(r)
			require.NoError(t, err)
			if stranger {
				go func() {
					for {
						if _, err := w.WriteString(strings.Repeat("x", 4096)); err != nil {
							return
						}
					}
				}()
			}
			got := new(strings.Builder)
			_, failed := io.Copy(got, from)
			require.ErrorIs(t, failed, os.ErrDeadlineExceeded, name)
			require.True(t, strings.HasPrefix(got.String(), "in time"), name)
			require.LessOrEqual(t, got.Len(), fds.MostLate+64<<10, name)
			if !stranger {
				require.Equal(t, "in time", got.String(), name)
			}
		}
	}
}
