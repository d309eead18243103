package programs

import (
	"os"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestPrograms(t *testing.T) {
	t.Chdir("testdata/programs")
	Test(t, []Program{
		{Name: "hello", Stdout: "hello\nworld\n"},
		{Name: "hello", Stdout: "world\nhello\n", Order: Sorted},
		{Name: "fail", Args: "3", Stdout: "", Stderr: "failing", Status: 3},
	})
}
