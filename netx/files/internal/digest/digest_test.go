package digest

import (
	"crypto/sha256"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestParse(t *testing.T) {
	sum := sha256.Sum256([]byte("hello"))
	field := Format(sum[:])
	for _, values := range [][]string{{field}, {"md5=:AAAA:, " + field}, {"unixsum=:AA==:", field + ";a=1"}, {"SHA-256" + field[7:]}} {
		got, err := Parse(values)
		assert.NoError(t, err)
		assert.Equal(t, map[string][]byte{"sha-256": sum[:]}, got, "%q", values)
	}
	for _, bad := range []string{"sha-256", "sha-256=", "sha-256=:", "sha-256=:AAAA:", "sha-256=AAAA", "sha-256=:?:", "x"} {
		_, err := Parse([]string{bad})
		assert.ErrorIs(t, err, ErrSyntax, bad)
	}
	got, err := Parse(nil)
	assert.NoError(t, err)
	assert.Empty(t, got)
}

func FuzzParse(f *testing.F) {
	f.Add("sha-256=:AAAA:, sha-512=::;x=1,,")
	f.Fuzz(func(t *testing.T, value string) {
		got, err := Parse([]string{value})
		if err != nil {
			assert.Nil(t, got)
		}
		for name, sum := range got {
			assert.Len(t, sum, New(name).Size())
		}
	})
}
