package functional

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// The programs print what their Python counterparts do.
func TestPrograms(t *testing.T) {
	programs.Test(t, []programs.Program{
		{Name: "map", Stdout: "[1 4 9 16 25]\n[5 7 9]\n"},
		{Name: "reduce", Stdout: "120\nHello world from reduce\n25\n"},
	})
}
