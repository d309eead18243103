package concurrent_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Copying a primitive is a mistake that go vet finds, without being asked for more
// than it looks for anyway.
func TestCopiesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go vet")
	}
	const program = "./testdata/copied"
	source, err := os.ReadFile(program + "/main.go")
	require.NoError(t, err)
	said, err := exec.CommandContext(t.Context(), "go", "vet", program).CombinedOutput()
	assert.Error(t, err, "go vet found nothing")
	for _, name := range regexp.MustCompile(`concurrent\.\w+`).FindAll(source, -1) {
		assert.Regexp(t, `(?m)copies lock value to copied: \S*`+string(name)+`\b`, string(said), "go vet sees that a %s is copied", name)
	}
	assert.GreaterOrEqual(t, bytes.Count(source, []byte("copied := v")), 18, "values that are copied")
}
