package files

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCleanName(t *testing.T) {
	long := strings.Repeat("é", 2048)
	for name, want := range map[string]string{
		"example.txt": "example.txt", "my file (2).tar.gz": "my file (2).tar.gz", "日本.txt": "日本.txt",
		"../x": "x", `..\x`: "x", "/x": "x", `C:\x`: "x", "C:x": "C_x", "a\x00b.txt": "ab.txt",
		"..": "", ".": "", "....": "", "": "", " . . ": "", "a/": "", `a\`: "", "\x00": "", "\u202e": "",
		".htaccess": "htaccess", "..a": "a", "a.": "a", "a . ": "a", " a": "a",
		"NUL": "_NUL", "NUL.txt": "_NUL.txt", "nul .txt": "_nul .txt", "COM¹": "_COM¹", "com9.a.b": "_com9.a.b",
		"LPT0": "_LPT0", "COM10": "COM10", "COM": "COM", "console": "console", "conin$": "_conin$", "aux.h": "_aux.h",
		"invoice\u202efdp.exe": "invoicefdp.exe", "a\u200bb": "ab", "a\u2028b": "a b", "a\u00a0b": "a b", "a\rb\nc": "abc",
		"a\xffb": "a_b", `<a>:"|?*`: "_a______", "%2e%2e%2fx": "%2e%2e%2fx", "a.php.jpg": "a.php.jpg",
		long + ".txt":                   strings.Repeat("é", 98) + ".txt",
		long:                            strings.Repeat("é", 100),
		"a." + strings.Repeat("x", 300): "a." + strings.Repeat("x", 198),
	} {
		got, err := CleanName(name)
		assert.Equal(t, want, got, "%q", name)
		assert.Equal(t, want == "", err != nil, "%q", name)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"a.txt", "../x", "NUL .txt", "COM¹.é", "\xff\x00", strings.Repeat("x. ", 100) + ".txt", ". .a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := CleanName(name)
		if err != nil {
			require.Empty(t, got)
			return
		}
		again, err := CleanName(got)
		require.NoError(t, err)
		require.Equal(t, got, again, "cleaned twice")
		require.LessOrEqual(t, len(got), maxName)
		require.True(t, utf8.ValidString(got))
		require.False(t, isDevice(got))
		require.NotContains(t, ". ", got[:1])
		require.NotContains(t, ". ", got[len(got)-1:])
		for _, r := range got {
			require.True(t, unicode.IsPrint(r) && !strings.ContainsRune(`/\<>:"|?*`, r), "%q", r)
		}
	})
}
