package stdout

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestNamesAndLines(t *testing.T) {
	for _, c := range []struct{ text, name, line string }{
		{"a b.txt", "a b.txt", "a b.txt"},
		{"日本", "日本", "日本"},
		{"", "", ""},
		{"a\nb", `"a\nb"`, `a\nb`},
		{"a\tb", `"a\tb"`, `a\tb`},
		{"\x1b[2J", `"\x1b[2J"`, `\x1b[2J`},
		{"\xff", `"\xff"`, `\xff`},
		{`a\nb`, `"a\\nb"`, `a\nb`},
		{`say "a"`, `"say \"a\""`, `say "a"`},
		{`a\"`, `"a\\\""`, `a\"`},
	} {
		require.Equal(t, c.name, Name(c.text))
		require.Equal(t, c.line, Line(c.text))
	}
}
