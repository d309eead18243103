package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tree in testdata holds one case of everything that is reported, and of
// everything that must not be.
func TestCheck(t *testing.T) {
	for golden, withProse := range map[string]bool{"testdata/want.txt": false, "testdata/prose.txt": true} {
		t.Run(golden, func(t *testing.T) {
			checked, problems, err := check("testdata/module", []string{"functional"}, withProse)
			require.NoError(t, err)
			assert.Equal(t, 5, checked, "want bare, clean, functional, portable and wordy")
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), strings.Join(problems, "\n")+"\n")
		})
	}
}

// Without a strict package, functions need no example but nouns do.
func TestCheckExamples(t *testing.T) {
	_, problems, err := check("testdata/module", []string{"clean"}, false)
	require.NoError(t, err)
	got := strings.Join(problems, "\n")
	assert.Contains(t, got, "func Function has no example")
	assert.Contains(t, got, "type Par has no example")
	assert.NotContains(t, got, "func Fold", "an example is asked of a function in a package that is not strict")
}

func TestCheckErrors(t *testing.T) {
	_, _, err := check("testdata/absent", nil, false)
	require.ErrorIs(t, err, os.ErrNotExist)
}
