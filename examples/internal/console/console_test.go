package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestConsole(t *testing.T) {
	steps := func(c *Console) {
		c.Printf("%d files", 3)
		c.Status("12%")
		c.Status("9%")
		c.Print("a\nb\n")
		c.Status("")
		c.Status("")
		c.Printf("done")
	}
	var w strings.Builder
	steps(NewWriter("count", &w, true))
	require.Equal(t, "count: 3 files\n"+"12%"+"\r   \r9%"+"\r  \ra\nb\n9%"+"\r  \r"+"count: done\n", w.String())
	w.Reset()
	steps(NewWriter("count", &w, false))
	require.Equal(t, "count: 3 files\na\nb\ncount: done\n", w.String())
}

func TestConsoleOfFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer f.Close()
	require.False(t, New("count", f).terminal)
}

func TestProgress(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var w strings.Builder
			c := NewWriter("count", &w, terminal)
			stop := c.Progress(func(elapsed time.Duration) string { return fmt.Sprint(elapsed) })
			time.Sleep(250 * time.Millisecond)
			stop()
			if terminal {
				require.Equal(t, "100ms\r     \r200ms\r     \r", w.String())
			} else {
				require.Empty(t, w.String())
			}
			require.Empty(t, c.status)
		})
	}
}

func TestRate(t *testing.T) {
	cases := []struct {
		done, all int64
		elapsed   time.Duration
		want      string
	}{
		{0, 100e6, time.Second, ""},
		{20e6, 100e6, 0, ""},
		{20e6, 100e6, time.Second, ", 20 MB/s, 4s left"},
		{20e6, 100e6, 2 * time.Second, ", 10 MB/s, 8s left"},
		{120e6, 100e6, time.Second, ", 120 MB/s, 0s left"}, // files that grow
	}
	for _, c := range cases {
		require.Equal(t, c.want, Rate(c.done, c.all, c.elapsed))
	}
}
