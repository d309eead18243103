package laws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Misuse tests that calls panic at once, not when a result is ranged over, with a
// text that begins with the package and the operator: the first word of a case.
func Misuse(t *testing.T, room string, calls map[string]func()) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			operator, _, _ := strings.Cut(name, " ")
			begin := room + ": " + strings.TrimSuffix(operator, ",") + " "
			defer func() {
				text, _ := recover().(string)
				require.True(t, strings.HasPrefix(text, begin), "panicked with %q, want %q", text, begin)
			}()
			call()
		})
	}
}
