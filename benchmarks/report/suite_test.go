package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSuites checks what a typing mistake in a table of marks would break.
func TestSuites(t *testing.T) {
	packages := map[string]bool{}
	for _, s := range suites {
		require.False(t, packages[s.pkg], "two suites of %s", s.pkg)
		packages[s.pkg] = true
		require.DirExists(t, "../"+s.pkg)
		for _, sc := range s.scripts {
			require.FileExists(t, "../"+s.pkg+"/"+sc.file)
		}
		names := map[string]bool{}
		for _, m := range s.marks {
			t.Run(s.pkg+"/"+m.name, func(t *testing.T) {
				require.False(t, names[m.name], "two marks of that name")
				names[m.name] = true
				require.NotContains(t, m.name, " ", "the lines of marks are split at spaces")
				require.True(t, isOurs(mustName(m.of).impl), "a promise about %s", m.of)
				require.True(t, m.op == atLeast || m.op == atMost, "no comparison %q", m.op)
				require.GreaterOrEqual(t, m.target, 0.0)
				require.Equal(t, m.over == "", m.per > 0, "a value is a ratio or a number of something")
				require.True(t, m.over != "" || m.unit != "", "a number of what?")
			})
		}
		for _, line := range s.why {
			require.NotContains(t, line, "|", "it stands in a table")
		}
	}
}

// TestMarksAreMeasured checks that the cases marks speak of exist, as far as
// results of their package are there.
func TestMarksAreMeasured(t *testing.T) {
	for _, s := range suites {
		t.Run(s.pkg, func(t *testing.T) {
			r, err := load("../" + resultsFile(s.pkg))
			if err != nil {
				t.Skip(err)
			}
			for _, m := range s.marks {
				require.NotEmpty(t, m.values(r), "mark %s: %s or what it is compared with was not measured", m.name, m.of)
			}
			for key := range s.why {
				table, _, _ := strings.Cut(key, "/impl=")
				found := false
				for _, c := range r.Cases {
					found = found || mustName(c.Name).table == table
				}
				require.True(t, found, "an explanation for %s, which was not measured", key)
			}
		})
	}
}
