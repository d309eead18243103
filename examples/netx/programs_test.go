//go:build unix && !aix

package netx

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) {
	var table []programs.Program
	for _, more := range tables {
		table = append(table, more(t)...)
	}
	programs.Test(t, table)
}

// tables are the programs with their tests. Each file has those that belong together.
var tables = []func(*testing.T) []programs.Program{sockets, web, websockets, transfers}
