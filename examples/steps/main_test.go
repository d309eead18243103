//go:build unix

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

func TestMain(m *testing.M) {
	ipc.Main()
	os.Exit(leak.Run(m.Run))
}

func Example() {
	main()
	// Output:
	// [0 16 111 118] <nil>
	// 0 ipc: steps was ended while it ran: context deadline exceeded
	// [0 16 111 118] <nil>
}

// The README's first screen is this program, without its package comment, and what it prints.
func TestReadme(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	_, program, ok := strings.Cut(string(source), "package main\n")
	require.True(t, ok)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		page, err := os.ReadFile("../../" + name)
		require.NoError(t, err)
		require.Contains(t, string(page), "```go\npackage main\n"+program+"```\n", name)
		require.Contains(t, string(page), "```\n[0 16 111 118] <nil>\n0 ipc: steps was ended while it ran: context deadline exceeded\n[0 16 111 118] <nil>\n```\n", name)
	}
}
