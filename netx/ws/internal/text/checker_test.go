package text

import (
	"os"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// valid reports what a Checker says of a text that comes in three pieces.
func valid(c *Checker, p []byte, i, j int) bool {
	return c.Write(p[:i]) && c.Write(p[i:j]) && c.Write(p[j:]) && c.Complete()
}

var texts = []string{
	"", "a", "κόσμε", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", "\U0010ffff", "\xf4\x90\x80\x80", "\xed\xa0\x80",
	"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\x80", "\xc3", "\xe1\xbd", "\xf0\x9f\x98", "a\xffb", "\xfe", "日本語 text 😀", "\xc3\xc3\xa9", "\xe1\xbdx",
}

func TestChecker(t *testing.T) {
	for _, s := range texts {
		for i := range len(s) + 1 {
			for j := i; j <= len(s); j++ {
				require.Equal(t, utf8.ValidString(s), valid(&Checker{}, []byte(s), i, j), "%q at %d and %d", s, i, j)
			}
		}
	}
}

// The first byte that makes a text invalid is enough.
func TestCheckerFailsEarly(t *testing.T) {
	for s, good := range map[string]int{"ab\xff": 2, "\xf4\x90": 1, "\xed\xa0": 1, "\xe0\x80": 1, "\xc0": 0, "\xce\xba\x80": 2, "\xf0\x9f\x98\x41": 3, "\xf5": 0} {
		c := Checker{}
		for i := range len(s) {
			require.Equal(t, i < good, c.Write([]byte{s[i]}), "%q, byte %d", s, i)
		}
		assert.False(t, (&Checker{}).Write([]byte(s)), "%q", s)
	}
	c := Checker{}
	assert.True(t, c.Write([]byte("\xe1")))
	assert.False(t, c.Complete())
	assert.True(t, c.Write([]byte("x")) && c.Complete(), "it is ready again")
}

func FuzzChecker(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s), uint(1), uint(2))
	}
	f.Fuzz(func(t *testing.T, p []byte, i, j uint) {
		n := uint(len(p)) + 1
		i %= n
		j = i + j%(n-i)
		if got := valid(&Checker{}, p, int(i), int(j)); got != utf8.Valid(p) {
			t.Fatal(got, p, i, j)
		}
	})
}
